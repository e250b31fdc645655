"""Decorators for single views of a host that ask for more than being signed in."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, TypeVar, cast

from flask import current_app, url_for

from vestibule.sessions.values import Level, LiveSession
from vestibule.web.leading_on import way_back
from vestibule.web.pages import see_other
from vestibule.web.request_state import runtime

View = TypeVar("View", bound=Callable[..., Any])


def fresh_required(*, minutes: float | None = None) -> Callable[[View], View]:
    """The view wants a second step that was passed just now: within ``minutes``, or within
    ``VESTIBULE_FRESH_FOR``. Whoever passed it earlier is led to "confirm it's you" and back
    (SES-13). An account without a second step signs in once more.
    """

    def is_fresh(session: LiveSession) -> bool:
        services = runtime().services
        within = services.settings.fresh_for if minutes is None else timedelta(minutes=minutes)
        return session.is_fresh(services.clock.now(), within)

    return _only_if(is_fresh, "vestibule.confirm")


def second_step_required(view: View) -> View:
    """The view wants a session in which the second step was passed; others set one up first."""
    return _only_if(lambda session: session.level is Level.AAL2, "vestibule.setup")(view)


def _only_if(is_good: Callable[[LiveSession], bool], otherwise: str) -> Callable[[View], View]:
    def decorated(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            session = runtime().session()
            if session is None:
                # Flask-Login puts its manager there; Flask's types do not know.
                return current_app.login_manager.unauthorized()  # type: ignore[attr-defined]
            if not is_good(session):
                # Where a cookie stood for a step, that step comes first, and then the rest.
                by_cookie = session.factors.remembered or session.factors.trusted_by
                page = "vestibule.confirm" if by_cookie else otherwise
                return see_other(url_for(page, next=way_back()))
            return current_app.ensure_sync(view)(*args, **kwargs)

        return cast(View, guarded)

    return decorated
