"""Adoption day: what Flask-Login's own cookies from before Vestibule are still good for."""

from collections.abc import Callable
from typing import Any, NamedTuple

from flask import current_app, request
from flask import session as flask_session
from flask_login import COOKIE_NAME, decode_cookie

from vestibule.host.coming_back import Find, host_duration
from vestibule.host.users import Users
from vestibule.sessions.values import SigninContext
from vestibule.signin.adopting import NotAdopted, adopt
from vestibule.signin.policy import instant
from vestibule.web.request_state import runtime, state


class _Before(NamedTuple):
    """What Flask-Login would have believed, and the cookies that say it."""

    login_id: Any
    cookie: str
    remember_cookie: str | None


def is_open() -> bool:
    """Whether sign-ins from before are taken over now."""
    services = runtime().services
    until = services.settings.adopt_until
    return until is not None and services.clock.now() < instant(until)


def taken_over(
    find: Find, users: Users, login_id_of: Callable[[Any], str], is_suspicious: Callable[[], bool]
) -> Any | None:
    """The user of a sign-in from before, in a session of ours from now on.

    ``is_suspicious`` is Flask-Login's session protection, as the host has set it.
    """
    if not is_open():
        return None
    if "_user_id" not in flask_session and remember_cookie_name() not in request.cookies:
        return None
    before = _before(is_suspicious)
    # Whatever comes of it, these cookies have had their time.
    current = state()
    current.forget_flask_login()
    user = find(before.login_id) if before else None
    if before is None or user is None:
        return None
    user_id = current.user_before = users.key(user)
    demand = users.demand(user, SigninContext(), runtime().services.clock.now())
    if demand.is_required:
        current.session_demand = demand
        return None
    try:
        opened = adopt(
            runtime().services,
            user_id=user_id,
            login_id=login_id_of(user),
            cookie=before.cookie,
            remember_cookie=before.remember_cookie,
            lasts=host_duration(),
            origin=current.origin,
        )
    except NotAdopted:
        return None
    if opened:
        current.open_session(opened)
        current.session_demand = demand
    return user


def _before(is_suspicious: Callable[[], bool]) -> _Before | None:
    if is_suspicious():
        return None
    session_cookie = _session_cookie() if "_user_id" in flask_session else None
    remember_cookie = request.cookies.get(remember_cookie_name())
    remembered = _decoded(remember_cookie) if remember_cookie else None
    if session_cookie is not None:
        login_id = flask_session["_user_id"]
        same = remember_cookie if remembered == str(login_id) else None
        return _Before(login_id, session_cookie, same)
    if remembered is None or remember_cookie is None:
        return None
    return _Before(remembered, remember_cookie, remember_cookie)


def _session_cookie() -> str | None:
    """What was signed of the cookie, without the signature: that is read from base64, which many
    spellings are good for, and each would be another cookie that comes for the first time.
    """
    interface = current_app.session_interface
    cookie = request.cookies.get(interface.get_cookie_name(current_app))
    return cookie and (cookie.rpartition(".")[0] or cookie)


def _decoded(cookie: str) -> str | None:
    try:
        found: str | None = decode_cookie(cookie)
    except (TypeError, ValueError):
        return None  # a stranger may send anything, what cannot be compared included
    return found


def remember_cookie_name() -> str:
    name: str = current_app.config.get("REMEMBER_COOKIE_NAME", COOKIE_NAME)
    return name
