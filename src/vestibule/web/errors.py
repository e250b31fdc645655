"""Error pages: what happened and how to go on, in words, and nothing about how we are built."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from flask import Blueprint, Flask, Response, request, url_for
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, InternalServerError

from vestibule.foundation.database import Unavailable
from vestibule.foundation.engines import means_not_now
from vestibule.foundation.hashing import Busy
from vestibule.foundation.keyring import KeyMissing, Unreadable
from vestibule.signin import schedule
from vestibule.signin.errors import TooManyTries
from vestibule.texts import Text
from vestibule.web.csrf import CsrfRefused, is_from_elsewhere
from vestibule.web.kept_pages import kept_page
from vestibule.web.pages import page, waiting_time
from vestibule.web.request_state import is_running, runtime, state

log = logging.getLogger("vestibule")

_TYPED = frozenset(budget.kind for budget in schedule.ALL)

_WORDS = {
    400: (
        Text("This request cannot be read"),
        Text("Something in it is not what a browser sends. Go back and try again."),
    ),
    401: (Text("Sign in first"), Text("This page is for people who are signed in.")),
    403: (Text("This page is not for you"), Text("Your account may not open it.")),
    404: (Text("There is no such page"), Text("Check the address, or start from the front page.")),
    405: (
        Text("That is not how this page works"),
        Text("Start from the front page and use the buttons there."),
    ),
    413: (
        Text("That was too much"),
        Text("What was sent is far longer than anything this page asks for."),
    ),
    415: (Text("This page reads forms only"), Text("Send it with the form on the page.")),
    500: (
        Text("Something broke here"),
        Text("It is not your doing, and nothing was changed half-way. Try again in a minute."),
    ),
}


def error_page(
    status: int,
    title: str,
    message: str,
    *,
    retry_at: datetime | None = None,
    actions: Sequence[tuple[str, str]] = (),
    request_id: str | None = None,
) -> Response:
    """One error page. ``actions`` are the ways that stay open, the best one first."""
    if status >= 500:
        state().ask_no_more()
    now = runtime().services.clock.now()
    return page(
        "error.html",
        status,
        title=title,
        message=message,
        retry_at=retry_at,
        retry_in=waiting_time(now, retry_at) if retry_at else None,
        retry_soon=retry_at is not None and retry_at - now < timedelta(hours=1),
        actions=actions,
        request_id=request_id,
    )


def register_errors(app: Flask, *, every_answer: bool) -> None:
    """Handle our own errors; and, for a site that is all ours, every other one."""
    app.register_error_handler(TooManyTries, too_many_tries)
    app.register_error_handler(Busy, unavailable)
    app.register_error_handler(Unavailable, unavailable)
    app.register_error_handler(KeyMissing, key_trouble)
    app.register_error_handler(Unreadable, key_trouble)
    app.register_error_handler(CsrfRefused, csrf_refused)
    if every_answer:
        app.register_error_handler(HTTPException, http_error)


def register_errors_on(pages: Blueprint) -> None:
    """On our pages a database of the host's that cannot be asked for a user closes the door as our
    own does (P9). On its other pages the host says what it says."""
    for kind in (OperationalError, InterfaceError, PoolTimeout):
        pages.register_error_handler(kind, hosts_database)


def hosts_database(error: SQLAlchemyError) -> Response:
    """503 where it could not be asked; anything else is somebody's mistake, and told as one."""
    if not means_not_now(error):
        raise error
    return unavailable(error)


def too_many_tries(error: TooManyTries) -> Response:
    """429 with the real time (RL-3). The ways that stay open are named."""
    now = runtime().services.clock.now()
    actions = []
    again = runtime().login_url(None)
    if error.kind.startswith("code.") and state().live_pending:
        actions.append((Text("Use a backup code"), url_for("vestibule.verify_backup_code")))
    if error.kind.startswith("backup_code.") and state().live_pending:
        actions.append((Text("Use a code from your app"), url_for("vestibule.verify")))
    if error.kind.startswith(("password.", "passkey.address", "passkey.known")) and again:
        actions.append((Text("Back to sign in"), again))
    if error.kind.endswith(".pending") and again:
        state().drop_pending()
        actions = [(Text("Sign in again"), again)]
    title = Text("Too many tries")
    if error.kind.endswith(".pending"):
        response = error_page(
            429, title, Text("This sign-in had its tries. Sign in again to go on."), actions=actions
        )
    elif error.retry_at is None:
        response = error_page(429, title, _closed(error.kind), actions=actions)
    else:
        # Who typed codes or passwords knows what was tried. What a host counts may surprise.
        message = "" if error.kind in _TYPED else Text("This was done too often in a short time.")
        response = error_page(429, title, message, retry_at=error.retry_at, actions=actions)
    wait = (error.retry_at - now).total_seconds() if error.retry_at else 0
    response.headers["Retry-After"] = str(max(1, int(-(-wait // 1))))
    return response


def _closed(kind: str) -> Text:
    if kind == schedule.CODE_STRANGERS.kind:
        return Text(
            "Too many wrong codes were entered in browsers that this account does not know, so "
            "codes from the authenticator app are closed to them. In a browser in which you signed "
            "in before they still work."
        )
    return Text("Codes from the authenticator app are no longer accepted for this account.")


_NOT_NOW = Text("Not possible right now")
_NOT_NOW_MESSAGE = Text(
    # Where the answer to a commit was lost, nobody here knows whether it was done.
    "There is more to do here than can be done at once, or a part is being restarted. "
    "Try again in a few seconds. If you were changing something, look first whether it "
    "was done."
)


def unavailable(error: Busy | Unavailable | SQLAlchemyError) -> Response:
    """503: refused, never let in (P9); it recovers by itself."""
    if not isinstance(error, Busy):
        log.error("unavailable: %s%s", _why(), error.__cause__ or error)
    wait = getattr(error, "retry_after", Unavailable.retry_after)
    state().ask_no_more()
    response = kept_page(_NOT_NOW, _NOT_NOW_MESSAGE, 503)
    response.headers["Retry-After"] = str(wait)
    return response


def _why() -> str:
    if not runtime().host_holds_a_write():
        return ""
    return (
        f"the host's own view of {request.endpoint} holds the SQLite file: it changed something in "
        "db.session and did not commit. Commit before password_try(), and before the view that "
        "calls login_user() returns. "
    )


def key_trouble(error: KeyMissing | Unreadable) -> Response:
    """A key that is lost or wrong closes the door (P9)."""
    log.error("the keys do not fit the database: %r (request %s)", error, state().origin.request_id)
    response = error_page(
        503,
        _NOT_NOW,
        Text(
            "This site cannot read what it checks codes with. "
            "The people who run it have to mend that."
        ),
        request_id=state().origin.request_id,
    )
    response.headers["Retry-After"] = "60"
    return response


def csrf_refused(_: CsrfRefused) -> Response:
    back = not is_from_elsewhere()
    return error_page(
        403,
        Text("This page was open for a long time") if back else Text("This came from another site"),
        Text("Nothing was changed. Go back, load that page again and send it once more.")
        if back
        else Text("Nothing was changed."),
        actions=[_front_page()],
    )


def http_error(error: HTTPException) -> Response | HTTPException:
    """The pages of Werkzeug's own errors. Redirects that come as exceptions pass, and so does all
    of a misconfigured application, of which nothing can make a page; Flask logs what is wrong.
    """
    status = error.code or 500
    if status < 400 or not is_running():
        return error
    request_id = None
    if isinstance(error, InternalServerError):
        request_id = state().origin.request_id
        log.error(
            "unhandled error in request %s",
            request_id,
            exc_info=error.original_exception or error,
        )
    title, message = _WORDS.get(status, _WORDS[400 if status < 500 else 500])
    response = error_page(status, title, message, actions=[_front_page()], request_id=request_id)
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def _front_page() -> tuple[str, str]:
    return Text("Front page"), f"{request.script_root}/"
