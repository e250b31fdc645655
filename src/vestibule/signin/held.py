"""What an account has for its second step."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from vestibule.authenticators import flows as authenticators
from vestibule.authenticators.flows import StoredAuthenticator
from vestibule.passkeys import flows as passkeys
from vestibule.passkeys.flows import StoredPasskey


@dataclass(frozen=True)
class Held:
    """All of it, what is switched off or cannot be asked for too: it still counts (P1)."""

    authenticators: Sequence[StoredAuthenticator]
    passkeys: Sequence[StoredPasskey]

    def __bool__(self) -> bool:
        return bool(self.authenticators or self.passkeys)

    @property
    def is_usable(self) -> bool:
        return bool(self.passkeys or authenticators.usable(self.authenticators))


def held(connection: Connection, subject_id: str) -> Held:
    """The second step of an account; false where it has none."""
    return Held(
        authenticators.of_subject(connection, subject_id),
        passkeys.of_subject(connection, subject_id),
    )
