"""Who may open the pages at ``/admin``: the same rule for each of them, before anything is read."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from flask import current_app, request, url_for
from flask_login import current_user
from werkzeug.exceptions import Forbidden
from werkzeug.wrappers import Response

from vestibule.admin.adapter import Administration
from vestibule.confirm.views import confirm_first
from vestibule.sessions.values import Level, LiveSession
from vestibule.web.leading_on import way_back
from vestibule.web.pages import see_other
from vestibule.web.request_state import runtime

FRESH_FOR = timedelta(minutes=10)
"""The longest since the second step of whoever changes something; ``VESTIBULE_FRESH_FOR`` may say
less."""

View = Callable[..., Response]


def only_administrators(view: View) -> View:
    """Nobody signed in: to the next step of a sign-in. Signed in, and no administrator at this very
    request (SES-15): 403, whatever is asked for, so that it tells nothing of accounts. A session of
    one step: to the second one. A POST with a second step of long ago: confirm it's you first.
    """

    @wraps(view)
    def guarded(**values: Any) -> Response:
        session = runtime().session()
        if session is None:
            # Flask-Login puts its manager there; Flask's types do not know.
            return current_app.login_manager.unauthorized()  # type: ignore[attr-defined, no-any-return]
        if not users().is_administrator(current_user):
            raise Forbidden
        if session.level is not Level.AAL2:
            return _to_second_step(session)
        if request.method == "POST" and not _is_fresh(session):
            return confirm_first(session)
        return view(**values)

    return guarded


def users() -> Any:
    """How the extension speaks of the host's users (``host.users``, which stands above us)."""
    return current_app.extensions["vestibule"].users


def adapter() -> Administration:
    """What the host gives for these pages."""
    found: Administration = users().administration
    return found


def _is_fresh(session: LiveSession) -> bool:
    services = runtime().services
    return session.is_fresh(services.clock.now(), min(FRESH_FOR, services.settings.fresh_for))


def _to_second_step(session: LiveSession) -> Response:
    # Where a cookie stood for a step, that step comes first, and then the rest.
    by_cookie = session.factors.remembered or session.factors.trusted_by
    return see_other(
        url_for("vestibule.confirm" if by_cookie else "vestibule.setup", next=way_back())
    )
