"""How many events of a kind there were on a day; counted once, when they come under a seal."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import Connection, select

from vestibule.audit.models import EventCount, EventSeal
from vestibule.audit.rows import StoredEvent, time_of
from vestibule.audit.values import EventKind
from vestibule.foundation.database import claim, insert_new

COUNTED = (
    EventKind.SIGNED_IN,
    EventKind.PASSWORD_FAILED,
    EventKind.SECOND_STEP_FAILED,
    EventKind.CODE_REPLAYED,
    EventKind.PASSKEY_FAILED,
    EventKind.TRY_REFUSED,
)


def count(connection: Connection, events: Iterable[StoredEvent]) -> None:
    """Add them to their days, in the transaction that seals them: no event comes twice."""
    found = Counter((one.at[:10], one.kind) for one in events if one.kind in COUNTED)
    for (day, kind), number in sorted(found.items()):
        if time_of(day) is None:
            continue
        insert_new(connection, EventCount, day=day, kind=kind, count=0)
        where = [EventCount.day == day, EventCount.kind == kind]
        claim(connection, EventCount, where, count=EventCount.count + number)


def counts_since(connection: Connection, day: date) -> dict[tuple[str, str], int]:
    """By day and kind; a few rows a day, however many events there were."""
    rows = select(EventCount.day, EventCount.kind, EventCount.count)
    found = connection.execute(rows.where(EventCount.day >= day.isoformat()))
    return {(day, kind): number for day, kind, number in found}


def counted_until(connection: Connection) -> datetime | None:
    """When events came under a seal last."""
    newest = select(EventSeal.made_at).order_by(EventSeal.number.desc()).limit(1)
    return connection.execute(newest).scalar()
