"""The one seam with Flask-Login: ``login_user()`` is the first step, our session is the rest.

Flask-Login asks one object who the user of a request is: ``app.login_manager``. The guard is that
object. It shares the state of the manager whose place it takes, so loaders that are registered
later are seen, and it answers from our server-side session alone. What Flask's cookie session or
Flask-Login's remember-me cookie say counts at most once, before the day of adoption.
"""

from typing import Any

from flask import Flask, current_app, g, request
from flask import session as flask_session
from flask_login import LoginManager, current_user, user_loaded_from_cookie, user_login_confirmed

from vestibule.foundation.under_test import a_test_runs
from vestibule.host import adoption, coming_back
from vestibule.host.contacts import contact_now
from vestibule.host.users import Users
from vestibule.sessions.values import LiveSession, SigninContext
from vestibule.signin.flows import FirstStep
from vestibule.signin.leaving import sign_out
from vestibule.signin.policy import Demand
from vestibule.signin.stages import Pending
from vestibule.subjects.flows import SubjectSeen
from vestibule.web.host_session import ONCE_MORE
from vestibule.web.leading_on import here_again, next_step, stage_url
from vestibule.web.pages import needs_more, say_returning
from vestibule.web.request_state import RequestState, runtime, state


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
    def users(self) -> Users:
        found: Users = current_app.extensions["vestibule"].users
        return found

    def _load_user(self) -> None:
        # Nobody, until we know better: a loader that raises must not be asked again by the error
        # page's template.
        g._login_user = self.anonymous_user()
        if self.login_view in (request.endpoint, request.path) and ONCE_MORE in flask_session:
            # Many a sign-in page leads on at once whoever is signed in, and would never ask.
            return
        user = self._user_of_session() or self._user_of_remembered_browser()
        state().session_counts = user is not None
        g._login_user = (
            user
            or self._user_of_api()
            or self._user_of_test_client()
            or self._user_from_before()
            or self.anonymous_user()
        )
        if state().first_step:
            # The host's loader called ``login_user()``: the first step, and no more than that.
            g._login_user = self.anonymous_user()

    def _user_of_session(self) -> Any | None:
        session = state().session
        if session is None or self._user_callback is None:
            return None
        user = self._user_callback(session.login_id)
        # The host may have given the name of a deleted user to another one.
        if user is None or self.users.key(user) != session.user_id:
            return None
        if not session.factors.by_passkey:
            state().session_demand = self.demand(user, session.context)
            if state().lacks_second_step:
                # Opened before the policy asked for as much: it grants nothing (P1, FLOW-1).
                return None
        if session.factors.remembered or self.refresh_view or self.needs_refresh_callback:
            # The host asks ``login_fresh()``, which reads the cookie session: what our session
            # says stands there, whatever an old cookie says.
            _say_fresh(not session.factors.remembered)
        return user

    def _user_of_remembered_browser(self) -> Any | None:
        if state().session is not None or self._user_callback is None:
            return None
        user = coming_back.come_back(self._user_callback, self.users)
        if user is not None:
            _say_fresh(False)
            user_loaded_from_cookie.send(_app(), user=user)
        return user

    def _user_from_before(self) -> Any | None:
        """Whoever signed in before Vestibule came: once, until a date, and only the first step."""
        current = state()
        if current.session or current.live_pending or current.asks_no_more:
            return None
        if self._user_callback is None:
            return None
        user = adoption.taken_over(
            self._user_callback, self.users, self.login_id, self._session_protection_failed
        )
        if user is not None:
            current.session_counts = current.session is not None
            _say_fresh(False)
        return user

    def login_id(self, user: Any) -> str:
        """What the host's user loader knows the user by; it may change with the password."""
        return str(getattr(user, self.id_attribute)())

    def demand(self, user: Any, context: SigninContext) -> Demand:
        return self.users.demand(user, context, runtime().services.clock.now())

    def user_of(self, pending: Pending) -> Any | None:
        """The user of a sign-in between the steps; None for one who is gone."""
        user = self._user_callback(pending.login_id) if self._user_callback else None
        return user if user is not None and self.users.key(user) == pending.user_id else None

    def _user_of_api(self) -> Any | None:
        # An API token that the host's own code reads is the host's to judge, unless it says no.
        if runtime().services.settings.refuse_request_loader:
            return None
        return self._load_user_from_request(request)

    def _user_of_test_client(self) -> Any | None:
        """Flask-Login's own test client writes into the cookie session who is signed in."""
        login_id = flask_session.get("_user_id")
        if login_id is None or self._user_callback is None:
            return None
        if not (current_app.testing and a_test_runs()):
            return None
        return self._user_callback(login_id)

    def _update_request_context_with_user(self, user: Any | None = None) -> None:
        """Called by ``login_user()`` and ``logout_user()``, which is how we hear of them."""
        current, remember_for = state(), coming_back.wished_for()
        current.forget_flask_login()
        # The session that the browser came with says nothing about this user.
        current.session_counts = False
        if user is None:
            self._sign_out(current)
        else:
            current.contact = contact_now(user)
            attempt = current.attempt
            if attempt and attempt.user_id != self.users.key(user):
                # A try for one account says nothing about another.
                attempt = None
            passkey = current.passkey
            if passkey and passkey.user_id != self.users.key(user):
                passkey = None
            current.first_step = FirstStep(
                user_id=self.users.key(user),
                login_id=self.login_id(user),
                account_name=self.users.name(user),
                attempt=attempt,
                seen=passkey.subject if passkey else attempt.seen if attempt else None,
                context=current.context,
                demand=self.demand(user, current.context),
                remember_for=remember_for,
                known_cookie=current.known_cookie,
                passkey=passkey,
            )
        # The host's view may go on with the user until it returns.
        g._login_user = user or self.anonymous_user()

    def _sign_out(self, current: RequestState) -> None:
        current.first_step = current.remembered_step = None
        session, browser = current.session, current.remember_cookie_now
        before = current.user_before
        if session or before or browser:
            sign_out(runtime().services, session, before, browser, current.origin)
        current.drop_session()
        current.drop_remembered()
        current.drop_pending()
        # Whoever signs in here next was not asked for it.
        flask_session.pop(ONCE_MORE, None)

    def unauthorized(self) -> Any:
        """Somebody between the steps is led to the next step, everybody else to the first."""
        if state().first_step:
            return here_again()
        waiting = state().live_pending or coming_back.lead_on()
        if waiting:
            return next_step(stage_url(waiting.stage))
        if state().lacks_second_step:
            say_returning(needs_more())
        return super().unauthorized()


def session_that_counts() -> LiveSession | None:
    """The session of this request, if it is good for its user under today's policy."""
    if not current_user.is_authenticated:
        return None
    return state().session if state().session_counts else None


def demand_now() -> Demand | None:
    """What the policy asks now of whoever this request is of: between the steps, or signed in."""
    guard: Guard = current_app.login_manager  # type: ignore[attr-defined]
    pending = state().live_pending
    if pending:
        user = guard.user_of(pending)
        return guard.demand(user, pending.context) if user is not None else None
    session = session_that_counts()
    if session is None:
        return None
    return state().session_demand or guard.demand(current_user, session.context)


def install(app: Flask) -> None:
    """Put the guard in place of the application's login manager, once."""
    original = getattr(app, "login_manager", None)
    if original is not None and not isinstance(original, Guard):
        app.login_manager = Guard.in_place_of(original)  # type: ignore[attr-defined]
        # Flask-Login would refresh its own remember-me cookie, which nobody can revoke.
        functions = app.after_request_funcs.get(None, [])
        app.after_request_funcs[None] = [one for one in functions if not _sets_remember_cookie(one)]
        user_login_confirmed.connect(_confirmed, app)


def _sets_remember_cookie(function: Any) -> bool:
    belongs_to = getattr(function, "__self__", None)
    return isinstance(belongs_to, LoginManager) and function.__name__ == "_update_remember_cookie"


def _confirmed(_: Flask) -> None:
    """The host's own view asked for the password again and called ``confirm_login()``: for whoever
    came by a cookie that is the first step at last.
    """
    session = session_that_counts()
    if session and session.factors.remembered:
        guard: Guard = current_app.login_manager  # type: ignore[attr-defined]
        guard._update_request_context_with_user(g._login_user)
        first = state().first_step
        if first and first.seen is None:
            # What was revoked since this request came wins over the old password.
            seen = SubjectSeen(session.subject_id, session.version)
            state().first_step = first._replace(seen=seen)


def is_in_place(app: Flask) -> bool:
    return isinstance(getattr(app, "login_manager", None), Guard)


def _app() -> Flask:
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    return app


def _say_fresh(fresh: bool) -> None:
    if flask_session.get("_fresh") is not fresh:
        flask_session["_fresh"] = fresh
