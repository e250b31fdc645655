"""Looking through the log, newest first: a page at a time, and one event."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, or_, select

from vestibule.audit.models import Event, SealedEvent
from vestibule.audit.of_account import Place, place_of
from vestibule.audit.reading import STRETCH
from vestibule.audit.rows import COLUMNS, StoredEvent, raw, stored, text_of, time_of
from vestibule.audit.seals import digest_of
from vestibule.audit.wanted import Wanted
from vestibule.foundation.keyring import KeyMissing, Keyring

_NEWEST = (Event.at.desc(), Event.id.desc())
_SPOILT = "0" * 32
"""Behind every id of its moment."""


@dataclass(frozen=True)
class Found:
    events: Sequence[StoredEvent]
    goes_on: Place | None
    """Where older ones may be; None where none are left."""


def newest(connection: Connection, wanted: Wanted, *, most: int, after: Place | None) -> Found:
    """The newest events that are wanted; with ``after`` those older than that place.

    However many there are, no more than a stretch of them is looked at: where few of those are
    wanted, a page may have less than it could, or none, and go on.
    """
    along = [*wanted.along(), *_older_than(after)]
    if not wanted.besides():
        found = select(*raw(connection, COLUMNS)).where(*along).order_by(*_NEWEST).limit(most + 1)
        return _page([stored(row) for row in connection.execute(found)], most)
    # The inner LIMIT first: what it leaves is all that the rest is asked of.
    stretch = select(*COLUMNS).where(*along).order_by(*_NEWEST).limit(STRETCH).subquery()
    looked_at = stretch.c
    found = (
        select(*raw(connection, [stretch.c[one.key] for one in COLUMNS]))
        .where(*wanted.besides(looked_at))
        .order_by(looked_at.at.desc(), looked_at.id.desc())
        .limit(most + 1)
    )
    page = _page([stored(row) for row in connection.execute(found)], most)
    if page.goes_on:
        return page
    last = select(*raw(connection, (Event.at, Event.id))).where(*along).order_by(*_NEWEST)
    end = connection.execute(last.limit(1).offset(STRETCH - 1)).first()
    return Found(page.events, _place(*map(text_of, end)) if end else None)


def _page(events: list[StoredEvent], most: int) -> Found:
    if len(events) <= most:
        return Found(events, None)
    shown = events[:most]
    # Where somebody spoilt the last one, the next page has some of this one again; where all, it
    # begins with another moment. Either way it is another page.
    places = [_place(one.at, one.id) for one in reversed(shown)]
    whole = (one for one in places if one and one.id != _SPOILT)
    return Found(shown, next(whole, next((one for one in places if one), None)))


def _place(at: str | None, identity: str | None) -> Place | None:
    when = time_of(at or "")
    if when is None:
        return None
    place = Place(when, identity or "")
    # A spoilt id could not stand in an address.
    return place if place_of(place.as_key()) else Place(when, _SPOILT)


def _older_than(after: Place | None) -> list[ColumnElement[bool]]:
    if after is None:
        return []
    # The first half alone is a range of the index.
    return [Event.at <= after.at, or_(Event.at < after.at, Event.id < after.id)]


@dataclass(frozen=True)
class Proof:
    """What is known of one event without looking through the log."""

    seal: int | None
    """The number of its seal; None where it has none yet."""
    is_as_written: bool | None
    """None where nobody can say: it was written before events were signed, or under a key that is
    not configured."""


def event_with(connection: Connection, identity: str) -> StoredEvent | None:
    found = select(*raw(connection, COLUMNS)).where(Event.id == identity)
    row = connection.execute(found).first()
    return stored(row) if row else None


def proof_of(connection: Connection, keyring: Keyring, event: StoredEvent) -> Proof:
    """Whether an event lies under a seal, and is what was written.

    That the seals are, and that none is missing, only ``audit verify`` tells.
    """
    row = connection.execute(
        select(SealedEvent.seal, SealedEvent.digest).where(SealedEvent.event_id == event.id)
    ).first()
    if row and row.digest != digest_of(event):
        return Proof(row.seal, False)
    try:
        is_signed = event.is_signed(keyring)
    except KeyMissing:
        return Proof(row.seal if row else None, None)
    # The first seals hold what was written before events were signed.
    return Proof(row.seal if row else None, None if row and event.is_unsigned else is_signed)
