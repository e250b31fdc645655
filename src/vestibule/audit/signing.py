"""The signature of an event: HMAC-SHA256 over every column, under a key outside the database.

Whoever can write to the database and has no key can neither change an event nor make one.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, event

from vestibule.foundation.keyring import Keyring
from vestibule.foundation.services import Services

_SERVICES = "vestibule-services"
_PURPOSE = "vestibule: the signature of an event"
"""No host would take that for a purpose of its own: ``keyed_hash`` must not sign events."""


def _nobodys() -> Services | None:
    return None


_services_now: Callable[[], Services | None] = _nobodys


def sign_events_of(engine: Engine, services: Services) -> None:
    """Events written on a connection of this engine are this application's, and signed with its
    keyring.
    """

    @event.listens_for(engine, "connect")
    def hand_over(_connection: object, record: Any) -> None:
        record.info[_SERVICES] = services


def sign_other_events_by(services_now: Callable[[], Services | None]) -> None:
    """On any other connection, a host's own, events are those of the application that runs there:
    what this gives.
    """
    global _services_now
    _services_now = services_now


def services_of(connection: Connection) -> Services:
    """Raises RuntimeError where nobody knows whose: an unsigned event would be an alarm."""
    services: Services | None = connection.info.get(_SERVICES) or _services_now()
    if services is None:
        raise RuntimeError("an event is written on a connection that is no application's")
    return services


def instant(at: datetime) -> str:
    """A time as it is signed: UTC, always of the same length."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def canonical(columns: Sequence[str | None], details: Mapping[str, Any] | str) -> str:
    """One text for what an event says, whatever database it lies in; no two events share one."""
    return json.dumps([*columns, details], sort_keys=True, separators=(",", ":"))


def signature(keyring: Keyring, key_id: str, text: str) -> str:
    """Of an event's canonical text, which names that key. Raises ``KeyMissing``."""
    return keyring.mac_under(key_id, _PURPOSE, text)


def is_signature(keyring: Keyring, key_id: str, text: str, found: str) -> bool:
    """Raises ``KeyMissing`` where that key is not in the ring."""
    return keyring.is_mac(key_id, _PURPOSE, text, found)
