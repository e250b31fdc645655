"""Going through the log, oldest first, in bounded memory and bounded statements."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    DateTime,
    LargeBinary,
    Select,
    Text,
    Tuple,
    cast,
    exists,
    literal,
    select,
    tuple_,
)

from vestibule.audit.models import Event, SealedEvent
from vestibule.audit.rows import COLUMNS, StoredEvent, raw, stored, text_of
from vestibule.audit.seals import PAGE

STRETCH = 5000
"""Events that one statement looks at; of millions it would take longer than a statement may."""

_ORDER = (Event.at, Event.id)


def pages(
    connection: Connection, *where: ColumnElement[bool], since: datetime | None = None
) -> Iterator[list[StoredEvent]]:
    """The events for which all of ``where`` holds, oldest first, page after page.

    However few they are, no statement looks at more than a stretch of the log.
    """
    along, end = [Event.at >= since] if since else [], None
    while True:
        found = stretch(connection, along, where, end)
        yield from found.pages
        end = found.end
        if end is None:
            return


@dataclass(frozen=True)
class Stretch:
    """What was found in a part of the log."""

    events: list[StoredEvent]
    end: Sequence[Any] | None
    """Where the next one begins; None after the last."""

    @property
    def pages(self) -> Iterator[list[StoredEvent]]:
        return (self.events[at : at + PAGE] for at in range(0, len(self.events), PAGE))


def stretch(
    connection: Connection,
    along: Sequence[ColumnElement[bool]],
    where: Sequence[ColumnElement[bool]],
    after: Sequence[Any] | None = None,
) -> Stretch:
    """Of the next events for which ``along`` holds, which an index has in the order of time, those
    for which ``where`` holds as well."""
    begin = [*along] if after is None else [*along, _order() > _key(connection, after)]
    end = connection.execute(_end_of_stretch(connection, begin)).one_or_none()
    # Where SQLite was given no text for a time, it is behind every text for ever.
    end = None if end == after else end
    behind = [_order() <= _key(connection, end)] if end else []
    found = select(*raw(connection, COLUMNS)).where(*begin, *behind, *where)
    rows = connection.execute(found.order_by(*_ORDER).limit(STRETCH))
    return Stretch([stored(row) for row in rows], end)


def first_signed(connection: Connection) -> str | None:
    """The time of the oldest event with a signature. One without was written before that, or by
    somebody who has no key.
    """
    found = select(*raw(connection, [Event.at])).where(Event.mac.is_not(None)).order_by(Event.at)
    return text_of(connection.execute(found.limit(1)).scalar())


def unsealed() -> ColumnElement[bool]:
    """Of an event that lies under no seal."""
    return ~exists().where(SealedEvent.event_id == Event.id)


def _end_of_stretch(connection: Connection, begin: Sequence[ColumnElement[bool]]) -> Select[Any]:
    is_sqlite = connection.dialect.name == "sqlite"
    key = raw(connection, _ORDER) if is_sqlite else [cast(one, Text) for one in _ORDER]
    return select(*key).where(*begin).order_by(*_ORDER).offset(STRETCH - 1).limit(1)


def _order() -> Tuple:
    return tuple_(*_ORDER)


def _key(connection: Connection, key: Sequence[Any]) -> Tuple:
    """The place of a row in the order, of what was read raw; as it lies there, right or not."""
    at, identity = key
    if connection.dialect.name == "sqlite":
        return tuple_(*(cast(literal(one, LargeBinary), Text) for one in (at, identity)))
    return tuple_(cast(literal(at, Text), DateTime(timezone=True)), identity)
