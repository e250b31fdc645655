"""Whether a browser may be trusted: the operator says so, and the policy (TD-1)."""

from vestibule.settings import Settings
from vestibule.signin.policy import Demand


def may_be_trusted(settings: Settings, demand: Demand) -> bool:
    """Whether accounts of which this is asked may leave out the second step in a trusted browser.

    Asked when trust is offered, at each use, and at each request of a session that came of it.
    """
    if not settings.trust_browsers_for or demand.phishing_resistant:
        return False
    return settings.trust_where_required or not demand.is_required
