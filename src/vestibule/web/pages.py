"""Rendering our pages, and leading people on."""

from datetime import datetime, timedelta
from typing import Any

from flask import Response, current_app, make_response, redirect, render_template
from flask import session as flask_session
from werkzeug.wrappers import Response as BaseResponse

from vestibule.passkeys.values import relying_party
from vestibule.recovery.flows import under_way
from vestibule.recovery.values import UnderWay
from vestibule.signin.stages import PendingOver
from vestibule.texts import Text
from vestibule.web.addresses import addresses
from vestibule.web.csrf import csrf_token
from vestibule.web.host_session import ONCE_MORE
from vestibule.web.language import say
from vestibule.web.request_state import runtime, state
from vestibule.web.said_templates import said_templates

NEEDS_SECOND_STEP = Text("Your account needs a second step now. Sign in to set it up.")

RETURNING = "vestibule_returning"
"""Key in Flask's session: why somebody was led back to sign in. Read once by the sign-in page."""


def variables() -> dict[str, Any]:
    """What every template of ours may use."""
    settings = runtime().services.settings
    # What tells of trouble must not need what a host's layout needs: it may be the same (P9).
    base = "" if state().asks_no_more else settings.base_template
    address = addresses()
    files = address("vestibule.static")
    return {
        "vestibule_issuer": settings.issuer,
        "vestibule_sign_out_url": runtime().sign_out_url(),
        "vestibule_frame": f"vestibule/{'_in_layout' if base else '_whole_page'}.html",
        "vestibule_base_template": base,
        "vestibule_files": files,
        "vestibule_logo": settings.logo or f"{files}vestibule.svg",
        "vestibule_url": address,
        "vestibule_csrf_token": csrf_token,
        "vestibule_passkeys": relying_party(settings),
        "vestibule_recovery": recovery_under_way,
        "vestibule_sign_out_token": _token_for_the_host,
    }


def recovery_under_way() -> UnderWay | None:
    """What somebody asked for whoever is signed in, while the owner can still stop it."""
    if not runtime().services.settings.recovery_after or state().asks_no_more:
        return None
    session = runtime().session()
    if session is None:
        return None
    with runtime().services.database.read() as connection:
        return under_way(connection, runtime().services.clock.now(), session.subject_id)


def _token_for_the_host() -> str:
    # What guards the host's views, Flask-WTF's CSRFProtect say, has put its function there.
    made_by: Any = current_app.jinja_env.globals.get("csrf_token", csrf_token)
    return str(made_by())


def page(template: str, status: int = 200, **context: Any) -> Response:
    """Render one of our templates."""
    return make_response(render(f"vestibule/{template}", **{**variables(), **context}), status)


def render(template: str, /, **context: Any) -> str:
    """As Flask's ``render_template``, with texts that are said already."""
    return render_template(said_templates().get_template(template), **context)


def see_other(location: str) -> BaseResponse:
    """Lead on after a POST: the next request is a GET, and a reload repeats nothing."""
    return redirect(location, 303)


def needs_more() -> Text:
    """Why a session is not enough any more for its account."""
    demand = state().session_demand
    if demand and demand.phishing_resistant:
        return Text("Your account needs a passkey now. Sign in with it, or to add one.")
    return NEEDS_SECOND_STEP


def say_returning(why: str, name: str = "") -> None:
    """Leave word for the sign-in page, read once."""
    flask_session[RETURNING] = {"why": say(why), "name": name}


def lead_back(why: str, over: PendingOver | None = None) -> BaseResponse:
    """Back to the sign-in page, kindly: with the reason, the name filled in, ``next`` kept."""
    say_returning(why, over.account_name if over else "")
    state().drop_pending()
    return see_other(runtime().login_url(over.next_url if over else None) or "/")


def why_over(over: PendingOver) -> Text:
    """What somebody reads whose sign-in ended between the steps."""
    if over.allowed is None:
        return Text("This sign-in is over. Sign in again.")
    return Text("You took longer than %(time)s, so sign in again.", time=in_words(over.allowed))


def ask_once_more(target: str, action: str | None = None) -> BaseResponse:
    """To the sign-in page, for somebody signed in whose first step must be shown again; for this
    action, where it wants a step of its own."""
    flask_session[ONCE_MORE] = action or True
    return lead_back(Text("Sign in once more to confirm that it is you."), PendingOver("", target))


def sign_in_first(target: str) -> BaseResponse:
    """To the sign-in page and then on, for somebody whom this request shows nobody's session of."""
    why = needs_more() if state().lacks_second_step else Text("Sign in to go on.")
    return lead_back(why, PendingOver("", target))


def after_sign_in() -> str:
    return runtime().services.settings.after_sign_in


def waiting_time(now: datetime, until: datetime) -> Text:
    """ "4 minutes": rounded up, so that the time named is never too short."""
    return in_words(until - now)


def in_words(length: timedelta) -> Text:
    """A length of time in its largest unit, rounded up."""
    seconds = max(1, int(-(-length.total_seconds() // 1)))
    if seconds < 60:
        return _seconds(seconds)
    if seconds < 3600:
        return _minutes(-(-seconds // 60))
    return _hours(-(-seconds // 3600))


def left_in_words(length: timedelta) -> Text:
    """Time that is left: days, hours on the last day. Rounded down, so that nobody comes late."""
    hours = int(length.total_seconds() // 3600)
    if hours >= 24:
        return Text.counted("%(count)s day", "%(count)s days", hours // 24)
    if hours >= 1:
        return _hours(hours)
    return _minutes(max(1, int(length.total_seconds() // 60)))


def ago(now: datetime, at: datetime) -> Text:
    """ "5 minutes ago", "just now": how long something is past."""
    past = now - at
    if past < timedelta(minutes=1):
        return Text("just now")
    return Text("%(length)s ago", length=left_in_words(past))


def _seconds(count: int) -> Text:
    return Text.counted("%(count)s second", "%(count)s seconds", count)


def _minutes(count: int) -> Text:
    return Text.counted("%(count)s minute", "%(count)s minutes", count)


def _hours(count: int) -> Text:
    return Text.counted("%(count)s hour", "%(count)s hours", count)
