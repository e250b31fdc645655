"""The current password once more, before what only its owner may change (SES-13)."""

from vestibule.ready_site.extensions import vestibule
from vestibule.ready_site.foreign_hashes import compare
from vestibule.ready_site.people import Person, stored_hash


class NotRight(Exception):
    """The current password is not right, or it was changed meanwhile."""


def require_password(account: Person, typed: str) -> None:
    """Raises :class:`NotRight`, ``TooManyTries``, ``Busy`` and ``Unavailable``."""
    with vestibule.password_try(account.username, account) as attempt:
        if not compare(attempt, stored_hash(account.id), typed, account.id):
            raise NotRight
