"""What a session is worth, as pure facts."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

CONFIRMED_FOR = timedelta(minutes=5)
"""How long a code that was entered for one action waits for it (SES-14)."""

SEEN_EVERY = timedelta(minutes=1)
"""Last-seen is written at most this often: a write per page would cost more than the page."""


class Level(StrEnum):
    """How well the person has shown who they are (NIST SP 800-63B-4 section 2)."""

    AAL1 = "aal1"
    AAL2 = "aal2"


@dataclass(frozen=True)
class SigninContext:
    """How somebody came: what a policy may ask beside who it is."""

    method: str = "password"
    """ "password", also where nobody said anything else; or what the host said."""
    amr: tuple[str, ...] = ()
    """What an identity provider says of its own check (RFC 8176), ``("pwd", "mfa")`` say."""

    @property
    def amr_text(self) -> str:
        """As it is stored."""
        return " ".join(self.amr)


def context_of(method: str, amr_text: str) -> SigninContext:
    """What was stored."""
    return SigninContext(method, tuple(amr_text.split()))


class Factors(NamedTuple):
    """When each step was passed; the second one only where it was."""

    first_step_at: datetime
    second_step_at: datetime | None
    remembered: bool = False
    """The first step was a cookie: what it stands for was shown long ago, or nobody knows when."""

    trusted_by: str | None = None
    """The trusted browser that the second step was left out in: nothing was shown of it now."""

    by_passkey: bool = False
    """The second step was a passkey, which no other site can ask for: it cannot be phished."""

    @property
    def level(self) -> Level:
        # AAL-6: a session never ranks above the steps that made it.
        return Level.AAL2 if self.second_step_at and not self.remembered else Level.AAL1


class LiveSession(NamedTuple):
    """A session that was valid when it was loaded for this request."""

    id: str
    public_id: str
    """What its owner's pages call it; the same after a renewal."""
    subject_id: str
    version: int
    user_id: str
    login_id: str
    created_at: datetime
    ends_at: datetime
    last_seen_at: datetime
    factors: Factors
    unseen_codes: str | None
    context: SigninContext
    asks_for: str | None = None
    """The action that was refused last because it wants a code of its own."""

    @property
    def level(self) -> Level:
        return self.factors.level

    def is_fresh(self, now: datetime, within: timedelta) -> bool:
        """Whether the strongest step this session has was passed within that time (SES-13)."""
        if self.factors.remembered or self.factors.trusted_by:
            return False
        proved = self.factors.second_step_at or self.factors.first_step_at
        return now - proved <= within
