from dataclasses import dataclass
from enum import StrEnum

LONGEST_TOKEN = 100
"""Characters that are looked at; ours have 43."""

LONGEST_ABOUT = 254


class Purpose(StrEnum):
    """What a link is for; one of one purpose is worth nothing for another."""

    ENROLMENT = "enrolment"
    PASSWORD = "password"  # noqa: S105 - a name, not a secret
    """A new password in place of a forgotten one."""
    EMAIL = "email"
    """Whoever opens it reads the account's mailbox."""
    RECOVERY = "recovery"
    """The same, of somebody who lost the second step and knows the password."""
    NEW_EMAIL = "new_email"
    """Whoever opens it reads the mailbox that the account is to have."""
    NOTICES = "notices"
    """Whoever opens it reads the mailbox that notices are to go to as well."""


class Fault(StrEnum):
    """Why a link does not work."""

    UNKNOWN = "unknown"
    """Used, replaced by a newer one, or never made: its row is gone."""
    EXPIRED = "expired"
    REVOKED = "revoked"
    """The account's password or factors changed after it was made."""
    OF_ANOTHER = "of another"


class LinkRefused(Exception):
    """The link does not work (any more): :class:`Fault` says why."""

    def __init__(self, fault: Fault = Fault.REVOKED) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True)
class Link:
    """A link that worked when it was looked up for this request."""

    id: str
    subject_id: str
    user_id: str
    """The user's key, as text."""
    about: str
    """What was said of it when it was made: the address that it went to, say."""
