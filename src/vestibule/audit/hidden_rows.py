"""Rows that no look through the log comes by, because its order has no place for them."""

from collections.abc import Iterator

from sqlalchemy import Connection, func, select

from vestibule.audit.models import Event, EventSeal, SealedEvent

_PLACES = (
    (Event.id, "an event"),
    (Event.at, "an event"),
    (EventSeal.number, "a seal"),
    (SealedEvent.seal, "an entry in the list of a seal"),
    (SealedEvent.event_id, "an entry in the list of a seal"),
)


def hidden_rows(connection: Connection) -> Iterator[str]:
    """A sentence for each kind of them. The tables refuse such rows; but whoever has the database
    can make tables that do not.
    """
    for column, what in _PLACES:
        found = select(column).where(column.is_(None)).limit(1)
        if connection.execute(found).first() is not None:
            yield f"There is {what} with no {column.key}: it was put in, past the table's rules."
    twice = select(EventSeal.number).group_by(EventSeal.number).having(func.count() > 1)
    for number in connection.execute(twice.limit(1)).scalars():
        if number is not None:
            yield f"Seal {number} is there twice: one was put in."
