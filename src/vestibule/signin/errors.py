"""What may go wrong in a sign-in, as types: views choose the words."""

from datetime import datetime


class TooManyTries(Exception):
    """A budget has nothing left: nothing was compared, and nothing was counted.

    ``retry_at`` is the real time of the next try; None where only a person can open the way again.
    """

    def __init__(self, kind: str, retry_at: datetime | None) -> None:
        super().__init__(f"too many tries: {kind}")
        self.kind = kind
        self.retry_at = retry_at


class SigninOver(Exception):
    """The pending sign-in ended meanwhile: time, revocation, or another request finished it."""


class SessionOver(Exception):
    """The session of this request was ended meanwhile, by somebody else's request: what it asked
    for must not happen any more.
    """


class NothingUsable(Exception):
    """The account has no authenticator that may be used now."""
