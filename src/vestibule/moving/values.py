"""What a row of another program says."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from vestibule.authenticators.foreign_secrets import ForeignSecret, Unusable

_LONGEST_SHOWN = 60
_LOOKS_SECRET = re.compile(r"otpauth:.*|[A-Z2-7 =-]{16,}|\{.*|.*\$.*", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class Given:
    """One row: whose it is, and the secret or why it has none that can be taken."""

    number: int
    user: str
    secret: ForeignSecret | None = field(default=None, repr=False)
    problem: str = ""

    @property
    def shown(self) -> str:
        return f"row {self.number}, {shown_user(self.user)}"


def given(number: int, user: object, read: Callable[[], ForeignSecret]) -> Given:
    """A row whose secret ``read`` reads."""
    text = "" if user is None else str(user).strip()
    if not text:
        return Given(number, "", problem="No user is named.")
    try:
        return Given(number, text, read())
    except Unusable as problem:
        return Given(number, text, problem=str(problem))


def shown_user(user: str) -> str:
    """A user as a report may print it: on one line, and not where it may be a secret.

    Whoever confuses two columns must not find the secrets in the terminal (P10).
    """
    if _LOOKS_SECRET.fullmatch(user):
        return "a user that looks like a secret"
    text = "".join(one if one.isprintable() else "?" for one in user)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
