"""What each of these pages asks first: who is signed in, and whether it was shown just now."""

from collections.abc import Callable

from werkzeug.wrappers import Response

from vestibule.confirm.views import confirm_first
from vestibule.sessions.values import LiveSession
from vestibule.signin.enrolling import NotFresh
from vestibule.signin.errors import SigninOver
from vestibule.signin.policy import Demand
from vestibule.texts import Text
from vestibule.web.pages import lead_back, sign_in_first
from vestibule.web.request_state import runtime


def signed_in(here: str, then: Callable[[LiveSession, Demand], Response]) -> Response:
    """``then`` for the session of this request; without one to the sign-in and on to ``here``."""
    session, demand = runtime().session(), runtime().demand()
    if session is None or demand is None:
        return sign_in_first(here)
    try:
        return then(session, demand)
    except NotFresh:
        return confirm_first(session)
    except SigninOver:
        return lead_back(Text("You were signed out meanwhile. Sign in again."))
