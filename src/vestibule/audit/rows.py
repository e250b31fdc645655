"""Events as they lie in the database, read so that no damage to one stops the reading of others."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    LargeBinary,
    Text,
    case,
    cast,
    func,
    literal,
    type_coerce,
)

from vestibule.audit.models import Event
from vestibule.audit.signing import canonical, is_signature
from vestibule.foundation.database import UtcDateTime
from vestibule.foundation.keyring import KeyMissing, Keyring

COLUMNS = (
    Event.id,
    Event.at,
    Event.kind,
    Event.result,
    Event.factor,
    Event.subject_id,
    Event.actor,
    Event.address,
    Event.browser,
    Event.request_id,
    Event.key_id,
    Event.details,
    Event.mac,
)
"""What is signed, in its order; then the details, and the signature itself."""
NAMES = tuple(column.key for column in COLUMNS)

_NO_TEXT = literal(b"not a text", LargeBinary)


class StoredEvent(NamedTuple):
    """A row. Texts only: what is damaged has no other type any more."""

    columns: tuple[str | None, ...]
    details: str
    mac: str | None

    @property
    def id(self) -> str:
        return self.columns[0] or ""

    @property
    def at(self) -> str:
        """UTC, as ``2027-01-31 23:59:59.000000``."""
        return self.columns[1] or ""

    @property
    def kind(self) -> str:
        return self.columns[2] or ""

    @property
    def key_id(self) -> str | None:
        return self.columns[10]

    @property
    def is_unsigned(self) -> bool:
        """Written before events were signed, or by somebody else."""
        return self.key_id is None and self.mac is None

    def is_from_before(self, first_signed: str | None) -> bool:
        """Written before the first event that is signed."""
        return self.is_unsigned and (first_signed is None or self.at <= first_signed)

    @property
    def text(self) -> str:
        """What the signature is made of."""
        return canonical(self.columns, self.facts)

    @property
    def facts(self) -> dict[str, Any] | str:
        """The details; the text that is there where it is no JSON object."""
        try:
            found = json.loads(self.details, object_pairs_hook=_each_once)
        except (ValueError, RecursionError):
            return self.details
        return found if isinstance(found, dict) else self.details

    @property
    def named(self) -> dict[str, str | None]:
        """By the names of the columns, the time as ISO 8601 has it."""
        values = (*self.columns, self.details, self.mac)
        named = dict(zip(NAMES, values, strict=True))
        return named | {"at": f"{self.at.replace(' ', 'T')}Z"}

    def is_signed(self, keyring: Keyring) -> bool:
        """Whether the signature is right. Raises ``KeyMissing``."""
        if self.key_id is None or self.mac is None:
            return False
        return is_signature(keyring, self.key_id, self.text, self.mac)

    def is_signed_by_us(self, keyring: Keyring) -> bool:
        """The same, and False where the key is not configured."""
        try:
            return self.is_signed(keyring)
        except KeyMissing:
            return False


def as_json(event: StoredEvent) -> str:
    """Every character that is not ASCII is escaped: none ends a line or turns its direction."""
    return json.dumps(event.named | {"details": event.facts})


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Of a name that comes twice one program reads the first, and another the last.
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name comes twice")
    return found


def raw(connection: Connection, columns: Iterable[Any]) -> list[ColumnElement[Any]]:
    """Columns to be read as they lie there; :func:`text_of` makes texts of what comes."""
    if connection.dialect.name != "sqlite":
        return [_as_text(one) for one in columns]
    # SQLite keeps whatever is put there, and its driver stops at what is not UTF-8: read as bytes.
    # What was bytes all along is no text of ours, and is sorted elsewhere.
    return [
        type_coerce(
            case((func.typeof(one) == "blob", _NO_TEXT), else_=cast(one, LargeBinary)), LargeBinary
        )
        for one in columns
    ]


def _as_text(column: Any) -> ColumnElement[Any]:
    if isinstance(column.type, UtcDateTime):
        # As it is signed. PostgreSQL knows times that Python has none for, as infinity.
        return func.to_char(func.timezone("UTC", column), "YYYY-MM-DD HH24:MI:SS.US")
    return cast(column, Text)


def text_of(value: Any) -> str | None:
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    return value if value is None else str(value)


def time_of(text: str) -> datetime | None:
    """Of a time as it is signed; None for what is none."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        return None


def shown(text: str) -> str:
    """What somebody may have put there must not steer a terminal."""
    return ascii(text)[1:-1]


def stored(values: Sequence[Any]) -> StoredEvent:
    """Of the :data:`COLUMNS`, read raw."""
    *columns, details, mac = (text_of(value) for value in values)
    return StoredEvent(tuple(columns), details or "", mac)
