"""The one seam with Flask-Login: ``login_user()`` is the first step, our session is the rest.

Flask-Login asks one object who the user of a request is: ``app.login_manager``. The guard is that
object. It shares the state of the manager whose place it takes, so loaders that are registered
later are seen, and it answers from our server-side session alone: never from Flask's cookie
session or the remember-me cookie.
"""

import logging
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, current_app, g, request, url_for
from flask import session as flask_session
from flask_login import LoginManager, current_user
from werkzeug.wrappers import Response as BaseResponse

from vestibule.foundation.database import Unavailable
from vestibule.sessions.flows import end as end_session
from vestibule.sessions.values import LiveSession
from vestibule.signin.errors import SigninOver
from vestibule.signin.flows import FirstStep, Opened, Waiting, begin
from vestibule.signin.stages import Policy, Stage
from vestibule.signin.values import safe_next
from vestibule.web.errors import unavailable
from vestibule.web.pages import lead_back, see_other
from vestibule.web.request_state import RequestState, runtime, state

log = logging.getLogger("vestibule")

_FLASK_LOGIN_KEYS = ("_user_id", "_fresh", "_id", "_remember")


class Guard(LoginManager):  # type: ignore[misc]
    """Decides who the user of a request is, and notes who passed the first step."""

    @classmethod
    def in_place_of(cls, original: LoginManager) -> "Guard":
        guard = cls.__new__(cls)
        # The same dictionary, not a copy: `@login_manager.user_loader` may come after us. Nothing
        # of ours goes into it, since one manager may serve several applications.
        guard.__dict__ = original.__dict__
        return guard

    @property
    def users(self) -> "Users":
        found: Users = current_app.extensions["vestibule"].users
        return found

    def _load_user(self) -> None:
        # Nobody, until we know better: a loader that raises must not be asked again by the error
        # page's template.
        g._login_user = self.anonymous_user()
        user = self._user_of_session()
        state().session_counts = user is not None
        g._login_user = user or self._user_of_api() or self.anonymous_user()

    def _user_of_session(self) -> Any | None:
        session = state().session
        if session is None or self._user_callback is None:
            return None
        user = self._user_callback(session.login_id)
        # The host may have given the name of a deleted user to another one.
        if user is None or self.users.key(user) != session.user_id:
            return None
        if session.factors.second_step_at is None and self.users.policy(user) == "required":
            # Opened before the policy asked for a second step: it grants nothing now (P1, FLOW-1).
            return None
        return user

    def _user_of_api(self) -> Any | None:
        # An API token that the host's own code reads is the host's to judge.
        return self._load_user_from_request(request)

    def _update_request_context_with_user(self, user: Any | None = None) -> None:
        """Called by ``login_user()`` and ``logout_user()``, which is how we hear of them."""
        for key in _FLASK_LOGIN_KEYS:
            flask_session.pop(key, None)
        current = state()
        if user is None:
            self._sign_out(current)
        else:
            attempt = current.attempt
            if attempt and attempt.user_id != self.users.key(user):
                # A try for one account says nothing about another.
                attempt = None
            current.first_step = FirstStep(
                user_id=self.users.key(user),
                login_id=str(getattr(user, self.id_attribute)()),
                account_name=self.users.name(user),
                attempt=attempt,
                seen=attempt.seen if attempt else None,
            )
            current.policy = self.users.policy(user)
        # The host's view may go on with the user until it returns.
        g._login_user = user or self.anonymous_user()

    def _sign_out(self, current: RequestState) -> None:
        current.first_step = None
        if current.session:
            end_session(runtime().services, current.session, current.origin)
        current.drop_session()
        current.drop_pending()

    def unauthorized(self) -> Any:
        """Somebody between the steps is led to the next step, everybody else to the first."""
        pending = state().live_pending
        if pending:
            return see_other(stage_url(pending.stage))
        return super().unauthorized()


class Users:
    """How the extension speaks of the host's users."""

    def __init__(self, policy: Callable[[Any], Policy]) -> None:
        self.policy = policy

    def key(self, user: Any) -> str:
        """The text of the user's primary key: never ``get_id()``, which may change."""
        return str(user.id)

    def name(self, user: Any) -> str:
        """What the person knows the account by."""
        for attribute in ("username", "email", "name"):
            name = getattr(user, attribute, None)
            if name:
                return str(name)
        return self.key(user)


def session_that_counts() -> LiveSession | None:
    """The session of this request, if it is good for its user under today's policy."""
    if not current_user.is_authenticated:
        return None
    return state().session if state().session_counts else None


def stage_url(stage: Stage) -> str:
    """The page of a stage."""
    return url_for("vestibule.setup" if stage is Stage.ENROLMENT else "vestibule.verify")


def after_view(response: Response) -> BaseResponse:
    """When the host's view called ``login_user()``: its answer becomes the way to the next step."""
    current = state()
    first = current.first_step
    if first is None:
        return response
    current.first_step = None
    if response.status_code >= 400:
        # The view failed after login_user(): nobody signed in.
        return response
    if first.attempt and not first.attempt.right:
        return lead_back("The user name or password is not right.")
    next_url = _wanted(response)
    try:
        begun = begin(runtime().services, first, current.policy, next_url, current.origin)
        return _lead_on(current, begun, response)
    except SigninOver:
        return lead_back("Your account was changed while you signed in. Sign in again.")
    except Unavailable as error:
        # Flask's own error handling does not reach what happens after the view.
        return unavailable(error)


def _lead_on(current: RequestState, begun: Opened | Waiting, response: Response) -> BaseResponse:
    if isinstance(begun, Opened):
        current.open_session(begun.token)
        return response
    # A session that this browser still holds belongs to what was before this sign-in (SES-3).
    if current.session:
        end_session(runtime().services, current.session, current.origin)
        current.drop_session()
    current.hold_pending(begun.token)
    return see_other(stage_url(begun.stage))


def _wanted(response: Response) -> str | None:
    """Where the host's view wanted to lead, if that is a page of this site."""
    location = response.headers.get("Location", "")
    if location.startswith(request.host_url):
        location = "/" + location[len(request.host_url) :]
    return safe_next(location)


def install(app: Flask) -> None:
    """Put the guard in place of the application's login manager, once."""
    original = getattr(app, "login_manager", None)
    if original is not None and not isinstance(original, Guard):
        app.login_manager = Guard.in_place_of(original)  # type: ignore[attr-defined]


def is_in_place(app: Flask) -> bool:
    return isinstance(getattr(app, "login_manager", None), Guard)
