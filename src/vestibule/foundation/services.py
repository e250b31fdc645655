"""The services that every flow is given: one object per application, made once, never changed."""

from collections.abc import Callable
from dataclasses import dataclass

from vestibule.foundation.clock import Clock, DatabaseClock
from vestibule.foundation.database import Database
from vestibule.foundation.hashing import Hasher
from vestibule.foundation.keyring import Keyring
from vestibule.settings import Settings


@dataclass(frozen=True)
class Services:
    settings: Settings
    clock: Clock
    database: Database
    database_clock: DatabaseClock
    keyring: Keyring
    hasher: Hasher
    event_sink: Callable[[str], None] | None = None
    """Told each event as a line of JSON, once it is committed."""
