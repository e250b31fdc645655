from dataclasses import dataclass
from enum import StrEnum


class Purpose(StrEnum):
    """What a link is for; one of one purpose is worth nothing for another."""

    ENROLMENT = "enrolment"


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

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True)
class Link:
    """A link that worked when it was looked up for this request."""

    id: str
    subject_id: str
