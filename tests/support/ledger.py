"""What people under load were answered: the tables must hold it, whatever has been killed since."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

FINE = range(200, 500)
CUT = ("ConnectError", "ReadError", "WriteError", "RemoteProtocolError")
"""What people see of a process that was killed, or is not there."""


@dataclass(frozen=True)
class Answer:
    """``status`` is a text where there was no answer, or a 503 that does not say until when;
    the times are those of the monotonic clock."""

    began: float
    ended: float
    address: str
    path: str
    status: int | str


@dataclass(frozen=True)
class Opened:
    """A session that was handed out, when, and with a code of which kind."""

    cookie: str
    at: float
    username: str
    factor: str


@dataclass
class Ledger:
    """What was answered, and so must be in the tables whatever has been killed since."""

    answers: list[Answer] = field(default_factory=list)
    opened: list[Opened] = field(default_factory=list)
    accounts: list[str] = field(default_factory=list)
    """User names whose registration was answered."""
    backup_codes: list[tuple[str, str]] = field(default_factory=list)
    """User names, and the codes that opened a session."""
    sent: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How many different codes were sent, for each user name and factor."""

    @property
    def statuses(self) -> dict[int | str, int]:
        found = Counter(answer.status for answer in self.answers)
        return dict(sorted(found.items(), key=str))

    @property
    def cookies(self) -> list[str]:
        return [one.cookie for one in self.opened]

    def unkind(self, *allowed: int | str) -> dict[int | str, int]:
        """Answers that are neither a page, nor "not now" in words, nor allowed."""
        return {
            status: count
            for status, count in self.statuses.items()
            if status not in allowed and not (isinstance(status, int) and status in {503, *FINE})
        }

    def longest(self) -> float:
        """Seconds that somebody waited for an answer, or for the end of a connection."""
        return max(answer.ended - answer.began for answer in self.answers)

    def back_after(self, moment: float) -> float:
        """Seconds from the moment until somebody was inside, whoever came after it."""
        return min(one.at for one in self.opened if one.at > moment) - moment
