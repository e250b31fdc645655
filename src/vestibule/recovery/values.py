"""How long a recovery takes, and why there is none; pure."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from vestibule.signin.policy import Demand

OPEN_FOR = timedelta(days=7)
"""For so long after the waiting time the new second step can be set up."""
LINK_LIFETIME = timedelta(hours=1)
"""Of the link that shows that the mailbox is read by whoever asks (REC-3)."""
BARRED_FOR = timedelta(days=30)
"""After a mailbox may have opened the account: a reset password, another address (REC-2)."""


class Why(StrEnum):
    """Why no recovery can be asked for, or none be finished."""

    OFF = "off"
    """The operator or the policy does not allow it."""
    NO_PASSWORD = "no password"  # noqa: S105 - a reason, not a secret
    """The first step was something else: a cookie, or a link from that very mailbox."""
    NO_ADDRESS = "no address"
    """No confirmed address that notices go to is known."""
    BARRED = "barred"
    """A password was reset, or an address changed, within :data:`BARRED_FOR`."""
    UNDER_WAY = "under way"
    NOT_OPEN = "not open"
    """None was asked for, it was stopped or is void, or its time has not come or is over."""


class RecoveryRefused(Exception):
    """``until`` is when it will be possible, where time alone helps."""

    def __init__(self, why: Why, until: datetime | None = None) -> None:
        super().__init__(why.value)
        self.why = why
        self.until = until


class UnderWay(NamedTuple):
    """A recovery that was asked for and is not void."""

    subject_id: str
    asked_at: datetime
    opens_at: datetime
    """From then on the new second step can be set up, by password."""
    ends_at: datetime
    address: str
    browser: str

    def is_open(self, now: datetime) -> bool:
        return self.opens_at <= now < self.ends_at


def allows(demand: Demand | None) -> bool:
    """Whether the policy leaves recovery to an account: not where it may have no second step, nor
    where only a link from an administrator may set one up.
    """
    return demand is not None and demand.is_offered and not demand.by_link


def masked(address: str) -> str:
    """An address for whoever has shown no more than the password: "a…@example.org"."""
    name, _, domain = address.rpartition("@")
    return f"{name[:1]}…@{domain}"
