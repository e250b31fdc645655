"""What one request carries: its session, its pending sign-in, and the cookies it leaves behind.

Each is loaded at most once, and only when somebody asks.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from flask import current_app, g, has_request_context, request
from flask import session as flask_session
from flask_login import COOKIE_NAME, current_user
from werkzeug.wrappers import Response as BaseResponse

from vestibule.audit.values import Origin
from vestibule.browsers import flows as browsers
from vestibule.browsers import trusted
from vestibule.browsers.trusted import Trusted
from vestibule.browsers.values import NewCookie, Remembered
from vestibule.foundation.services import Services
from vestibule.foundation.tokens import new_id
from vestibule.notices.values import Contact
from vestibule.one_time_tokens.flows import works as link_works
from vestibule.one_time_tokens.values import Purpose
from vestibule.sessions.flows import confirm_for
from vestibule.sessions.flows import end as end_session
from vestibule.sessions.flows import load as load_session
from vestibule.sessions.values import LiveSession, SigninContext
from vestibule.signin.flows import FirstStep, Opened
from vestibule.signin.flows import host_session as kept_for_host
from vestibule.signin.flows import load as load_pending
from vestibule.signin.password_try import PasswordTry
from vestibule.signin.policy import Demand
from vestibule.signin.stages import Pending, PendingOver
from vestibule.signin.trusting import may_be_trusted
from vestibule.web.client import origin_of_request
from vestibule.web.cookie_jar import CookieJar
from vestibule.web.host_commits import HostCommits
from vestibule.web.host_session import FLASK_LOGIN_KEYS, ONCE_MORE, PRE_SESSION, rename, restore

if TYPE_CHECKING:
    from vestibule.signin.passkey_try import JudgedPasskey


@dataclass(frozen=True)
class Runtime:
    """What the pages need of the extension: its services, and the host's ways of saying things."""

    services: Services
    login_url: Callable[[str | None], str | None]
    """Where people sign in, with the page they wanted; None where the host has no such page."""
    session: Callable[[], LiveSession | None]
    """The session of whoever is signed in. None also where the host's user is gone, or the policy
    asks for more than the session has: such a session grants nothing, on our pages neither."""
    demand: Callable[[], Demand | None]
    """What the policy asks now of whoever is signed in or between the steps; None for nobody, and
    for a user who is gone."""
    user_of_key: Callable[[str], object | None]
    """The host's user whom we know by this key, if the host lets that user in."""
    sign_out_url: Callable[[], str | None]
    account_name: Callable[[], str]
    """How the site calls whoever is signed in."""
    host_holds_a_write: Callable[[], bool]
    """Whether the host's own session keeps everybody from writing, in this very request."""


def runtime() -> Runtime:
    """The runtime of the current application."""
    found: Runtime = current_app.extensions["vestibule"].runtime
    return found


def is_running() -> bool:
    """Whether the application was wired; not so while its configuration is wrong."""
    return hasattr(current_app.extensions["vestibule"], "runtime")


class RequestState:
    """Kept in ``g`` for the length of one request."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._settings = services.settings
        self.cookies = CookieJar(secure=services.settings.secure)
        self._host_commits = HostCommits(self.cookies)
        self.attempt: PasswordTry | None = None
        self.passkey: JudgedPasskey | None = None
        """What was shown in place of both steps."""
        self.first_step: FirstStep | None = None
        self.asks_no_more = False
        self.session_counts = False
        """Whether the login gate found the session good for its user."""
        self.session_demand: Demand | None = None
        """What the policy asks of the session's user, where no passkey was the second step."""
        self.context = SigninContext()
        self.contact: Contact | None = None
        """Where mails about whoever passed the first step go, as the host says."""
        self.remembered_step: FirstStep | None = None
        """What a remembered browser's cookie stands for, where that is not enough to be inside."""
        self.user_before: str | None = None
        """Whose sign-in from before Vestibule this browser holds."""

    @cached_property
    def origin(self) -> Origin:
        return origin_of_request()

    @cached_property
    def session(self) -> LiveSession | None:
        name = self._settings.session_cookie
        token = self.cookies.given(name) or self.cookies.held(name)
        return load_session(self._services, token) if token else None

    @cached_property
    def pending(self) -> Pending | PendingOver | None:
        token = request.cookies.get(self._settings.pending_cookie)
        return load_pending(self._services, token) if token else None

    @property
    def lacks_second_step(self) -> bool:
        """Whether the session counts for nothing because the account needs a second step now."""
        demand = self.session_demand
        if demand is None:
            return False
        factors = self.session.factors if self.session else None
        if demand.phishing_resistant:
            return factors is None or not factors.by_passkey
        if factors and factors.second_step_at:
            return False
        if factors and factors.trusted_by:
            # As strict as the sign-in: trust may be off by now, or the account need more.
            return not may_be_trusted(self._settings, demand)
        return demand.is_required

    def link_token(self, purpose: Purpose) -> str | None:
        """The token of the one-time link for this purpose that the browser holds."""
        return self.cookies.held(self._link_cookie(purpose))

    @cached_property
    def remembered(self) -> Remembered | None:
        """The remembered browser that this is; its cookie goes where it is good for nothing."""
        text = self.remember_cookie
        found = browsers.load(self._services, text, self.origin) if text else None
        if found is None:
            self.cookies.drop(self._settings.remember_cookie)
        return found

    @property
    def remember_cookie(self) -> str | None:
        return self.cookies.held(self._settings.remember_cookie)

    @property
    def remember_cookie_now(self) -> str | None:
        """What the browser is remembered by once it has this answer."""
        name = self._settings.remember_cookie
        return self.cookies.given(name) or self.cookies.held(name)

    @property
    def known_cookie(self) -> str | None:
        """What this browser is known by; it says nothing of who is signed in."""
        name = self._settings.known_cookie
        return self.cookies.given(name) or self.cookies.held(name)

    @property
    def trust_cookie(self) -> str | None:
        return self.cookies.held(self._settings.trust_cookie)

    @cached_property
    def trusted(self) -> Trusted | None:
        """The trusted browser that this is, whosever; its cookie goes where it is good for
        nothing.
        """
        text = self.trust_cookie
        if not text or not self._settings.trust_browsers_for:
            return None
        found = trusted.load(self._services, text, self.origin)
        if found is None:
            self.cookies.drop(self._settings.trust_cookie)
        return found

    @property
    def live_pending(self) -> Pending | None:
        return self.pending if isinstance(self.pending, Pending) else None

    @property
    def binding(self) -> str:
        """What a form made by this request is bound to: the strongest thing the browser holds, and
        what it gets with this very answer before that.
        """
        # Whoever comes back by a cookie gets a session while the page is made: ask before.
        find_user()
        for name in (self._settings.pending_cookie, self._settings.session_cookie):
            given = self.cookies.given(name)
            if given:
                return f"{name}:{given}"
        return self.bindings[0]

    @property
    def bindings(self) -> list[str]:
        """Everything that a form of this browser may be bound to."""
        cookies = request.cookies
        held = [
            f"{name}:{cookies[name]}"
            for name in (self._settings.pending_cookie, self._settings.session_cookie)
            if cookies.get(name)
        ]
        if not held and self.remember_cookie:
            # It may be all that makes this browser somebody's.
            held = [f"{self._settings.remember_cookie}:{self.remember_cookie}"]
        if held:
            # And nothing else: a sibling host can plant Flask's cookie with a pre-session of its
            # own, and would hold a token for it (WEB-3).
            return held
        return [f"pre:{flask_session.setdefault(PRE_SESSION, new_id())}"]

    def ask_no_more(self) -> None:
        """From now on nobody is looked up: a page that tells of trouble must not meet it again."""
        self.asks_no_more = True
        self.__dict__.update(session=None, pending=None, remembered=None)

    def open_session(self, opened: Opened, passed: Pending | None = None) -> None:
        """The browser gets a new session; the one it still held is ended (SES-3).

        ``passed`` is the pending sign-in that this session ends. What another one keeps, which the
        browser may hold as well, belongs to somebody who did not pass the second step (P1).
        """
        if self.session:
            end_session(self._services, self.session, self.origin)
        self._keep_or_forget_browser(opened)
        if opened.known:
            known = opened.known
            self.cookies.give(self._settings.known_cookie, known.text, known.ends_at)
        if opened.trust:
            trust = opened.trust
            self.cookies.give(self._settings.trust_cookie, trust.text, trust.ends_at)
        wanted = flask_session.get(ONCE_MORE)
        self.renew_session(opened.token)
        if isinstance(wanted, str):
            confirm_for(self._services, opened.token, wanted)
        if passed:
            kept = kept_for_host(self._services, passed)
            if kept:
                restore(kept)
        rename()

    def _keep_or_forget_browser(self, opened: Opened) -> None:
        """What this browser was remembered by ends where it is somebody else's now (SES-3), or
        where it is remembered anew.
        """
        before, now = self.remembered, opened.remember
        if before and (
            before.subject_id != opened.subject_id or (now and now.browser_id != before.id)
        ):
            self.forget_browser()
        if now:
            self.hold_remembered(now)

    def hold_remembered(self, cookie: NewCookie) -> None:
        self.cookies.give(self._settings.remember_cookie, cookie.text, cookie.ends_at)

    def forget_browser(self) -> None:
        """This browser is remembered no more."""
        text = self.remember_cookie
        if text:
            with self._services.database.write() as connection:
                browsers.end(connection, text)
        self.drop_remembered()

    def drop_remembered(self) -> None:
        self.__dict__["remembered"] = None
        self.cookies.drop(self._settings.remember_cookie)

    def renew_session(self, token: str) -> None:
        """The browser gets a new token for a session whose old token is dead already."""
        self.cookies.give(self._settings.session_cookie, token)
        # Whoever asks from now on, to sign out perhaps, means the new one.
        self.__dict__.pop("session", None)
        self.drop_pending()
        # A form fetched before the sign-in is worth nothing after it (WEB-2).
        flask_session.pop(PRE_SESSION, None)
        flask_session.pop(ONCE_MORE, None)

    def renew_session_with_host(self, token: str) -> None:
        """As :meth:`renew_session`, at a commit of the host's."""
        self.renew_session(token)
        self._host_commits.prove(
            lambda: load_session(self._services, token) is not None,
            self._settings.session_cookie,
            self._settings.pending_cookie,
        )

    def hold_pending(self, token: str) -> None:
        self.cookies.give(self._settings.pending_cookie, token)
        flask_session.pop(PRE_SESSION, None)

    def drop_session(self) -> None:
        self.__dict__["session"] = None
        self.cookies.drop(self._settings.session_cookie)

    def drop_pending(self) -> None:
        self.cookies.drop(self._settings.pending_cookie)

    def forget_flask_login(self) -> None:
        """Flask-Login's own words in the cookie session and its remember-me cookie go."""
        for key in FLASK_LOGIN_KEYS:
            flask_session.pop(key, None)
        config = current_app.config
        self.cookies.drop(
            config.get("REMEMBER_COOKIE_NAME", COOKIE_NAME),
            domain=config.get("REMEMBER_COOKIE_DOMAIN"),
            path=config.get("REMEMBER_COOKIE_PATH", "/"),
        )

    def hold_link(self, token: str, purpose: Purpose) -> None:
        self.cookies.give(self._link_cookie(purpose), token)

    @property
    def notice_token(self) -> str | None:
        """What a notice's link left in this browser."""
        return self.cookies.held(self._settings.notice_cookie)

    def hold_notice(self, token: str) -> None:
        self.cookies.give(self._settings.notice_cookie, token)

    def drop_notice(self) -> None:
        self.cookies.drop(self._settings.notice_cookie)

    def drop_link(self, purpose: Purpose) -> None:
        self.cookies.drop(self._link_cookie(purpose))

    def drop_link_with_host(self, purpose: Purpose) -> None:
        """As :meth:`drop_link`, at a commit of the host's."""
        token = self.link_token(purpose) or ""
        self.drop_link(purpose)
        self._host_commits.prove(
            lambda: not link_works(self._services, token, purpose), self._link_cookie(purpose)
        )

    def _link_cookie(self, purpose: Purpose) -> str:
        name = self._settings.link_cookie
        return name if purpose is Purpose.ENROLMENT else f"{name}-{purpose.value}"

    def write_cookies(self, response: BaseResponse) -> None:
        self._host_commits.settle(response)
        self.cookies.write(response, self._services.clock.now())


def find_user() -> None:
    """Let the login gate find out who this request is of, if nobody asked yet."""
    bool(current_user)


def state() -> RequestState:
    """The state of the current request."""
    found: RequestState | None = g.get("_vestibule")
    if found is None:
        found = g._vestibule = RequestState(runtime().services)
    return found


def origin_now() -> Origin:
    """Where the current request comes from, or the one that left this to be done later; nowhere
    for a command.
    """
    if has_request_context():
        return state().origin
    found: Origin = g.get("vestibule_origin", Origin("", "", ""))
    return found
