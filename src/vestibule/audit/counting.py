"""How many events of a kind there were on a day; counted once, soon after they are sealed."""

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, String, func, select

from vestibule.audit.models import DayCount, Event, EventSeal, EventSealer, SealedEvent
from vestibule.audit.rows import time_of
from vestibule.audit.values import EventKind
from vestibule.foundation.database import claim, insert_new
from vestibule.foundation.services import Services

COUNTED = (
    EventKind.SIGNED_IN,
    EventKind.PASSWORD_FAILED,
    EventKind.SECOND_STEP_FAILED,
    EventKind.CODE_REPLAYED,
    EventKind.PASSKEY_FAILED,
    EventKind.TRY_REFUSED,
)
AT_A_TIME = 20
"""Seals whose events one statement counts."""

Counts = Mapping[tuple[str, str], int]
"""By day and kind."""


def count_sealed(services: Services) -> None:
    """Count what lies under seals that nobody counted yet, whoever made them.

    Not with the sealing: during an upgrade processes of a version seal that does not count. Any
    number of processes may call this at once. Raises ``Unavailable``.
    """
    while _count_some(services):
        pass


def _count_some(services: Services) -> bool:
    with services.database.read() as connection:
        last = connection.execute(select(EventSealer.counted)).scalar()
        next_seals = select(EventSeal.number).where(EventSeal.number > (last or 0))
        numbers = connection.scalars(next_seals.order_by(EventSeal.number).limit(AT_A_TIME)).all()
        if not numbers:
            return False
        counts = _counts(connection, numbers[0], numbers[-1])
    with services.database.write() as connection:
        nobody_did = EventSealer.counted.is_(None) if last is None else EventSealer.counted == last
        if not claim(connection, EventSealer, [nobody_did], counted=numbers[-1]):
            return False
        for (day, kind), number in sorted(counts.items()):
            insert_new(connection, DayCount, day=day, kind=kind, count=0)
            where = [DayCount.day == day, DayCount.kind == kind]
            claim(connection, DayCount, where, count=DayCount.count + number)
    return True


def _counts(connection: Connection, first: int, last: int) -> Counts:
    day = _day(connection)
    rows = connection.execute(
        select(day, Event.kind, func.count())
        .join(SealedEvent, SealedEvent.event_id == Event.id)
        .where(SealedEvent.seal.between(first, last), Event.kind.in_(COUNTED))
        .group_by(day, Event.kind)
    )
    # What somebody wrote there who is no process of ours may be no day.
    return {(day, kind): number for day, kind, number in rows if time_of(day)}


def _day(connection: Connection) -> ColumnElement[str]:
    if connection.dialect.name == "sqlite":
        return func.substr(Event.at, 1, 10, type_=String)
    return func.to_char(func.timezone("UTC", Event.at), "YYYY-MM-DD", type_=String)


def counts_since(connection: Connection, day: date) -> Counts:
    """A few rows a day, however many events there were."""
    rows = select(DayCount.day, DayCount.kind, DayCount.count)
    found = connection.execute(rows.where(DayCount.day >= day.isoformat()))
    return {(day, kind): number for day, kind, number in found}


def counted_until(connection: Connection) -> datetime | None:
    """When the newest events that are counted came under their seal."""
    counted = select(EventSealer.counted).scalar_subquery()
    newest = select(EventSeal.made_at).where(EventSeal.number <= counted)
    return connection.execute(newest.order_by(EventSeal.number.desc()).limit(1)).scalar()
