"""What happens around the host's view when ``login_user()`` was called.

Before it: a view is not run for somebody who passed only the first step. After it: its answer
becomes the way to the next step, and what it wrote into Flask's session waits in the pending
sign-in until the last step is passed.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from flask import Flask, Response, current_app, g, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response as BaseResponse

from vestibule.foundation.database import Unavailable
from vestibule.host import contacts
from vestibule.login_gate import session_that_counts
from vestibule.sessions.flows import end as end_session
from vestibule.signin.errors import SigninOver
from vestibule.signin.flows import Opened, Waiting, begin
from vestibule.signin.values import safe_next
from vestibule.texts import Text
from vestibule.web import host_session
from vestibule.web.errors import error_page, unavailable
from vestibule.web.leading_on import asks_for_json, here_again, is_setup, next_step, stage_url
from vestibule.web.pages import lead_back, see_other
from vestibule.web.request_state import RequestState, runtime, state


def guard_dispatch(app: Flask) -> None:
    """Stand between ``before_request`` and the views of ``app``.

    Signing somebody in before the view, in a ``before_request`` or a loader, is the first step too:
    the view, which would act for that person, must not run.
    """
    dispatch = app.dispatch_request

    def guarded(*args: Any, **kwargs: Any) -> ResponseReturnValue:
        if _somebody_passed_the_first_step() and not _is_inside_already():
            return here_again()
        return dispatch(*args, **kwargs)

    # On the object, not the class: only applications with Vestibule are guarded.
    app.dispatch_request = guarded  # type: ignore[method-assign]
    # Between them they see every error: of a view, before it, after it, and of a handler.
    for handler in ("handle_user_exception", "handle_exception"):
        setattr(app, handler, _after_nobody_signed_in(getattr(app, handler)))


def _after_nobody_signed_in(handle: Callable[[Exception], Any]) -> Callable[[Exception], Any]:
    def handle_error(error: Exception) -> Any:
        # An error handler may answer anything, a redirect too: nobody signed in.
        if _somebody_passed_the_first_step():
            state().first_step = None
            host_session.forget_written()
            # Nor is the page of the error theirs: it may greet, and show what is for them alone.
            g._login_user = current_app.login_manager.anonymous_user()  # type: ignore[attr-defined]
        return handle(error)

    return handle_error


def _somebody_passed_the_first_step() -> bool:
    return "_vestibule" in g and state().first_step is not None


def _is_inside_already() -> bool:
    """Whether a ``before_request`` only said again who is signed in, as some do at each request."""
    current = state()
    first, session = current.first_step, current.session
    if first is None or session is None or session.user_id != first.user_id:
        return False
    current.first_step = None
    g.pop("_login_user")
    if session_that_counts():
        return True
    current.first_step = first
    return False


def after_view(response: Response) -> BaseResponse:
    """The answer of the request, or the way to the next step in its place."""
    current = state()
    first = current.first_step
    if first is None:
        return response
    current.first_step = None
    if response.status_code >= 400:
        # The view refused after login_user(): nobody signed in, and nothing it gave away stays.
        host_session.forget_written()
        response.headers.remove("Set-Cookie")
        return response
    if first.attempt and not first.attempt.right:
        host_session.forget_written()
        return lead_back(Text("The user name or password is not right."))
    try:
        kept = host_session.written()
        _ = current.session  # what a new contact depends on is read before the transaction
        begun = begin(
            runtime().services,
            first._replace(trusted=current.trusted),
            _wanted(response),
            current.origin,
            kept,
            partial(
                contacts.keep_on,
                contact=current.contact,
                kept=first.attempt.contact if first.attempt else None,
            ),
        )
        return _lead_on(current, begun, response, first.demand.due)
    except Exception as error:
        # Whatever it is, nobody signed in, and nothing that the view gave away stays.
        host_session.forget_written()
        answer = _instead(error)
        if answer is None:
            raise
        return answer


def _instead(error: Exception) -> BaseResponse | None:
    """The answer where the first step led nowhere; None for trouble that we do not know."""
    if isinstance(error, SigninOver):
        return lead_back(Text("Your account was changed while you signed in. Sign in again."))
    if isinstance(error, host_session.TooMuchToKeep):
        current_app.logger.error("vestibule: %s", error)
        return error_page(500, Text("Something broke here"), Text("The sign-in could not be kept."))
    if isinstance(error, Unavailable):
        # Flask's own error handling does not reach what happens after the view.
        return unavailable(error)
    return None


def _lead_on(
    current: RequestState, begun: Opened | Waiting, response: Response, due: datetime | None
) -> BaseResponse:
    if isinstance(begun, Opened):
        current.open_session(begun)
        if due and not begun.by_trust and not current.passkey:
            _remind(response)
        return response
    # A session that this browser still holds belongs to what was before this sign-in (SES-3).
    if current.session:
        end_session(runtime().services, current.session, current.origin)
        current.drop_session()
    current.hold_pending(begun.token)
    host_session.forget_written()
    # A new answer: whatever cookies the view or an after_request set are for somebody signed in.
    return next_step(stage_url(begun.stage))


def _remind(response: Response) -> None:
    """Let the set-up page, which says how much time is left, come before where the view led.

    Whatever else the view answered stays, its cookies too: the person is signed in. Only a browser
    that was going to show the next page is led elsewhere.
    """
    wanted = _wanted(response)
    navigates = request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
    if not wanted or not navigates or asks_for_json() or is_setup(wanted):
        return
    # A redirect with 307 or 308 sends the password on to the page it leads to: not to ours.
    if response.status_code in (301, 302, 303):
        instead = see_other(url_for("vestibule.setup", next=wanted))
        response.status_code = instead.status_code
        response.location = instead.location
        response.set_data(instead.get_data())


def _wanted(response: Response) -> str | None:
    """Where the host's view wanted to lead, if that is a page of this site."""
    location = response.headers.get("Location", "")
    if location.startswith(request.host_url):
        location = "/" + location[len(request.host_url) :]
    return safe_next(location)
