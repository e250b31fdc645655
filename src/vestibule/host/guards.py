"""Decorators for single views of a host that ask for more than being signed in."""

from collections.abc import Callable, Collection
from datetime import timedelta
from functools import wraps
from typing import Any, TypeVar, cast

from flask import current_app, request, url_for
from werkzeug.wrappers import Response

from vestibule.foundation.tokens import token_key
from vestibule.sessions.flows import ask_for, use_confirmation
from vestibule.sessions.values import Level, LiveSession
from vestibule.web.leading_on import way_back
from vestibule.web.pages import see_other
from vestibule.web.request_state import runtime

View = TypeVar("View", bound=Callable[..., Any])


def fresh_required(
    *,
    minutes: float | None = None,
    reason: str | None = None,
    asks_again: Collection[str] | None = None,
) -> Callable[[View], View]:
    """The view wants a second step that was passed just now: within ``minutes``, or within
    ``VESTIBULE_FRESH_FOR``. Whoever passed it earlier confirms first, and the request goes on, a
    POST with what was typed (SES-13). An account without a second step signs in once more.
    With ``minutes=0`` each request wants a code of its own, entered for it and used up by it: a
    page with a form wants one, and sending the form another, so guard the POST alone (SES-14).

    Raises ValueError for a negative number.

    ``reason`` is a sentence for that page: "You are about to transfer money." ``asks_again`` names
    the fields of a POST that are typed a second time because they are secret; without it these are
    the ones whose names say password, secret, code, PIN or the like.
    """
    if minutes is not None and minutes < 0:
        raise ValueError("minutes is 0 or more.")
    each_time = minutes == 0
    named = None if asks_again is None else frozenset(asks_again)

    def is_fresh(session: LiveSession) -> bool:
        services = runtime().services
        if each_time:
            return use_confirmation(services, session, _this_action())
        within = services.settings.fresh_for if minutes is None else timedelta(minutes=minutes)
        return session.is_fresh(services.clock.now(), within)

    def otherwise(session: LiveSession) -> Response:
        from vestibule.confirm.views import confirm_first  # as all views: at the first use

        if each_time:
            session = ask_for(runtime().services, session, _this_action())
            return confirm_first(session, named, session.asks_for)
        return confirm_first(session, named)

    def decorated(view: View) -> View:
        guarded = _only_if(is_fresh, otherwise)(view)
        guarded.vestibule_asks_each_time = each_time  # type: ignore[attr-defined]
        guarded.vestibule_reason = reason  # type: ignore[attr-defined]
        return guarded

    return decorated


def _this_action() -> str:
    """Method and address of this request, as a hash of one length."""
    method = "GET" if request.method == "HEAD" else request.method
    return token_key(f"{method} {request.full_path.rstrip('?')}")


def second_step_required(view: View) -> View:
    """The view wants a session in which the second step was passed; others set one up first."""

    def otherwise(session: LiveSession) -> Response:
        # Where a cookie stood for a step, that step comes first, and then the rest.
        by_cookie = session.factors.remembered or session.factors.trusted_by
        page = "vestibule.confirm" if by_cookie else "vestibule.setup"
        return see_other(url_for(page, next=way_back()))

    return _only_if(lambda session: session.level is Level.AAL2, otherwise)(view)


def _only_if(
    is_good: Callable[[LiveSession], bool], otherwise: Callable[[LiveSession], Response]
) -> Callable[[View], View]:
    def decorated(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            session = runtime().session()
            if session is None:
                # Flask-Login puts its manager there; Flask's types do not know.
                return current_app.login_manager.unauthorized()  # type: ignore[attr-defined]
            if not is_good(session):
                return otherwise(session)
            return current_app.ensure_sync(view)(*args, **kwargs)

        return cast(View, guarded)

    return decorated
