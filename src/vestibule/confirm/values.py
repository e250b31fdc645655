"""What is kept of a POST while "confirm it's you" is asked, and what never is."""

import json
import re
from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import timedelta

KEPT_FOR = timedelta(minutes=10)

LONGEST_KEPT = 16 * 1024
"""Bytes. It travels to the browser and back, encrypted, in a form of ours (64 KiB)."""

_SECRET = re.compile(
    r"passw|passphrase|secret|(?:^|[_\W])(?:pwd|pin|otp|totp|cvc|cvv|code)(?:$|[_\W])"
)


class TooLong(Exception):
    """More than :data:`LONGEST_KEPT` was sent."""


@dataclass(frozen=True)
class KeptPost:
    """A POST that was not acted on yet."""

    target: str
    """Path and query that it was sent to, and will be sent to again by the browser."""
    fields: tuple[tuple[str, str], ...]
    own_tokens: tuple[str, ...]
    """Fields that held a CSRF token of ours, good for this browser when the POST came."""
    asked_again: tuple[str, ...]
    """Fields whose values are not kept, because they may be secrets."""
    back: str
    """Where "Cancel" leads."""
    until: float

    def as_text(self) -> str:
        """Raises :class:`TooLong`."""
        text = json.dumps(asdict(self), ensure_ascii=False)
        if len(text.encode("utf-8", "surrogatepass")) > LONGEST_KEPT:
            raise TooLong
        return text


def read_kept(text: str) -> KeptPost:
    """What :meth:`KeptPost.as_text` wrote."""
    told = json.loads(text)
    told["fields"] = tuple((name, value) for name, value in told["fields"])
    for names in ("own_tokens", "asked_again"):
        told[names] = tuple(told[names])
    return KeptPost(**told)


def is_secret(name: str, named: Collection[str] | None = None) -> bool:
    """Whether a field is asked for again: one of those ``named``, or, where the host names none,
    one whose name says that it is a password or a code.
    """
    if named is not None:
        return name in named
    return _SECRET.search(name.lower()) is not None


def label(name: str) -> str:
    """A field's name as a label: ``new_password`` becomes "New password"."""
    words = " ".join(re.split(r"[\W_]+", name)).strip() or name
    return words[:1].upper() + words[1:]
