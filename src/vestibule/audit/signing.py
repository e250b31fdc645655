"""The signature of an event: HMAC-SHA256 over every column, under a key outside the database.

Whoever can write to the database and has no key can neither change an event nor make one.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, event

from vestibule.foundation.keyring import Keyring

_KEYRING = "vestibule-event-keyring"
_PURPOSE = "event"


def sign_events_of(engine: Engine, keyring: Keyring) -> None:
    """Events written on a connection of this engine are signed with this keyring."""

    @event.listens_for(engine, "connect")
    def hand_over(_connection: object, record: Any) -> None:
        record.info[_KEYRING] = keyring


def sign_events_on(connection: Connection, keyring: Keyring) -> None:
    """The same for a connection of the host's."""
    connection.info[_KEYRING] = keyring


def keyring_of(connection: Connection) -> Keyring:
    """Raises RuntimeError where nobody said what signs: an unsigned event would be an alarm."""
    keyring: Keyring | None = connection.info.get(_KEYRING)
    if keyring is None:
        raise RuntimeError("sign_events_on(connection, keyring) comes before the first event")
    return keyring


def instant(at: datetime) -> str:
    """A time as it is signed: UTC, always of the same length."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def canonical(columns: Sequence[str | None], details: Mapping[str, Any] | str) -> str:
    """One text for what an event says, whatever database it lies in; no two events share one."""
    return json.dumps([*columns, details], sort_keys=True, separators=(",", ":"))


def signature(keyring: Keyring, text: str) -> str:
    """Of an event's canonical text, which names the keyring's current key."""
    return keyring.mac(_PURPOSE, text)


def is_signature(keyring: Keyring, key_id: str, text: str, found: str) -> bool:
    """Raises ``KeyMissing`` where that key is not in the ring."""
    return keyring.is_mac(key_id, _PURPOSE, text, found)
