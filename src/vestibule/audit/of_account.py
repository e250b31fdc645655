"""Reading the events of one account, a page at a time."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, or_, select

from vestibule.audit.models import Event
from vestibule.audit.values import Details, EventKind

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_KEY = re.compile(r"([0-9]{1,18})-([0-9a-f]{32})", re.ASCII)


@dataclass(frozen=True)
class Place:
    """Where a page begins: after this event, in the order of the list."""

    at: datetime
    id: str

    def as_key(self) -> str:
        """As it stands in an address. The time is in it, so that the next page is one read too."""
        return f"{(self.at - _EPOCH) // timedelta(microseconds=1)}-{self.id}"


def place_of(key: str) -> Place | None:
    """What :meth:`Place.as_key` wrote; None for what it did not."""
    found = _KEY.fullmatch(key)
    if found is None:
        return None
    try:
        return Place(_EPOCH + timedelta(microseconds=int(found[1])), found[2])
    except OverflowError:
        return None


@dataclass(frozen=True)
class ReadEvent:
    id: str
    at: datetime
    kind: str
    result: str
    factor: str | None
    address: str
    browser: str
    details: Details

    @property
    def place(self) -> Place:
        return Place(self.at, self.id)


def events_of(
    connection: Connection,
    subject_id: str,
    *,
    most: int,
    after: Place | None = None,
    but: Collection[EventKind] = (),
) -> list[ReadEvent]:
    """The newest events of an account, newest first; with ``after`` those older than that place.

    One read along the index of the account's times, however long its history is. What belongs to
    no account, such as a try at a name that nobody has, is in nobody's list.
    """
    statement = (
        select(
            Event.id,
            Event.at,
            Event.kind,
            Event.result,
            Event.factor,
            Event.address,
            Event.browser,
            Event.details,
        )
        .where(Event.subject_id == subject_id, Event.kind.not_in([one.value for one in but]))
        .order_by(Event.at.desc(), Event.id.desc())
        .limit(most)
    )
    if after:
        # The first half alone is a range of the index.
        statement = statement.where(
            Event.at <= after.at, or_(Event.at < after.at, Event.id < after.id)
        )
    return [ReadEvent(*row) for row in connection.execute(statement)]
