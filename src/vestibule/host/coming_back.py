"""Who comes without a session and is known all the same, by a remembered browser's cookie.

It stands for the first step alone: whoever has a second step, or must have one, is not inside.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import current_app
from flask import session as flask_session
from flask_login import COOKIE_DURATION

from vestibule.browsers.values import LONGEST, Remembered
from vestibule.host.users import Users
from vestibule.sessions.values import SigninContext
from vestibule.signin.at_hand import count
from vestibule.signin.errors import SigninOver
from vestibule.signin.flows import FirstStep, Opened, Waiting, begin
from vestibule.subjects.flows import SubjectSeen
from vestibule.web.leading_on import way_back
from vestibule.web.request_state import runtime, state

Find = Callable[[Any], Any | None]
"""The host's user loader."""


def wished_for() -> timedelta | None:
    """How long ``login_user(remember=True)`` wants this browser remembered; it left word in the
    cookie session, as for Flask-Login itself.
    """
    if flask_session.get("_remember") != "set":
        return None
    seconds = flask_session.get("_remember_seconds")
    return host_duration() if seconds is None else timedelta(seconds=min(seconds, _MOST_SECONDS))


_MOST_SECONDS = LONGEST.total_seconds()


def host_duration() -> timedelta:
    """How long the host remembers browsers: Flask-Login's own setting, and its default."""
    said = current_app.config.get("REMEMBER_COOKIE_DURATION", COOKIE_DURATION)
    return said if isinstance(said, timedelta) else timedelta(seconds=min(said, _MOST_SECONDS))


def come_back(find: Find, users: Users) -> Any | None:
    """The user of a remembered browser, in a new session, where the first step is all there is.

    Otherwise what the cookie stands for waits in ``state().remembered_step``, for the moment that
    a page asks who this is.
    """
    current = state()
    browser = None if current.live_pending else current.remembered
    user = _user_of(browser, find, users) if browser else None
    if browser is None or user is None:
        return None
    # What an identity provider checked then (amr), it did not check now.
    context = SigninContext(browser.method)
    demand = users.demand(user, context, runtime().services.clock.now())
    step = FirstStep(
        user_id=browser.user_id,
        login_id=browser.login_id,
        account_name=users.name(user),
        attempt=None,
        seen=SubjectSeen(browser.subject_id, browser.version),
        context=context,
        demand=demand,
        remembered=browser,
    )
    if _has_second_step(browser):
        current.remembered_step = step
        return None
    current.session_demand = demand
    if demand.is_required:
        # The cookie must not set up the first authenticator: whoever stole it would be the owner.
        return None
    try:
        begun = begin(runtime().services, step, None, current.origin)
    except SigninOver:
        return None
    if not isinstance(begun, Opened):
        _hold(begun)
        return None
    current.open_session(begun)
    return user


def lead_on() -> Waiting | None:
    """Begin the second step for whoever a remembered browser stands for; None for nobody."""
    step = state().remembered_step
    if step is None:
        return None
    state().remembered_step = None
    try:
        begun = begin(runtime().services, step, way_back(), state().origin)
    except SigninOver:
        return None
    if not isinstance(begun, Waiting):
        return None
    _hold(begun)
    return begun


def _hold(begun: Waiting) -> None:
    state().hold_pending(begun.token)
    if begun.remember:
        state().hold_remembered(begun.remember)


def _user_of(browser: Remembered, find: Find, users: Users) -> Any | None:
    user = find(browser.login_id)
    if user is not None and users.key(user) == browser.user_id:
        return user
    state().drop_remembered()
    return None


def _has_second_step(browser: Remembered) -> bool:
    with runtime().services.database.read() as connection:
        return bool(count(connection, browser.subject_id))
