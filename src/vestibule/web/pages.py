"""Rendering our pages, and leading people on."""

from datetime import datetime, timedelta
from typing import Any

from flask import Response, make_response, redirect, render_template
from flask import session as flask_session
from werkzeug.wrappers import Response as BaseResponse

from vestibule.signin.stages import PendingOver
from vestibule.web.forms import csrf_token
from vestibule.web.host_session import ONCE_MORE
from vestibule.web.request_state import runtime, state

NEEDS_SECOND_STEP = "Your account needs a second step now. Sign in to set it up."

RETURNING = "vestibule_returning"
"""Key in Flask's session: why somebody was led back to sign in. Read once by the sign-in page."""


def variables() -> dict[str, Any]:
    """What every template of ours may use."""
    return {
        "vestibule_issuer": runtime().services.settings.issuer,
        "vestibule_sign_out_url": runtime().sign_out_url(),
        "csrf_token": csrf_token,
    }


def page(template: str, status: int = 200, **context: Any) -> Response:
    """Render one of our templates."""
    html = render_template(f"vestibule/{template}", **{**variables(), **context})
    return make_response(html, status)


def see_other(location: str) -> BaseResponse:
    """Lead on after a POST: the next request is a GET, and a reload repeats nothing."""
    return redirect(location, 303)


def say_returning(why: str, name: str = "") -> None:
    """Leave word for the sign-in page, read once."""
    flask_session[RETURNING] = {"why": why, "name": name}


def lead_back(why: str, over: PendingOver | None = None) -> BaseResponse:
    """Back to the sign-in page, kindly: with the reason, the name filled in, ``next`` kept."""
    say_returning(why, over.account_name if over else "")
    state().drop_pending()
    return see_other(runtime().login_url(over.next_url if over else None) or "/")


def ask_once_more(target: str) -> BaseResponse:
    """To the sign-in page, for somebody signed in whose first step must be shown again."""
    flask_session[ONCE_MORE] = True
    return lead_back("Sign in once more to confirm that it is you.", PendingOver("", target))


def sign_in_first(target: str) -> BaseResponse:
    """To the sign-in page and then on, for somebody whom this request shows nobody's session of."""
    why = NEEDS_SECOND_STEP if state().lacks_second_step else "Sign in to go on."
    return lead_back(why, PendingOver("", target))


def after_sign_in() -> str:
    return runtime().services.settings.after_sign_in


def waiting_time(now: datetime, until: datetime) -> str:
    """ "4 minutes": rounded up, so that the time named is never too short."""
    return in_words(until - now)


def in_words(length: timedelta) -> str:
    """A length of time in its largest unit, rounded up."""
    seconds = max(1, int(-(-length.total_seconds() // 1)))
    if seconds < 60:
        return _count(seconds, "second")
    if seconds < 3600:
        return _count(-(-seconds // 60), "minute")
    return _count(-(-seconds // 3600), "hour")


def left_in_words(length: timedelta) -> str:
    """Time that is left: days, hours on the last day. Rounded down, so that nobody comes late."""
    hours = int(length.total_seconds() // 3600)
    if hours >= 24:
        return _count(hours // 24, "day")
    if hours >= 1:
        return _count(hours, "hour")
    return _count(max(1, int(length.total_seconds() // 60)), "minute")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
