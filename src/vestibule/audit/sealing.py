"""The sealer: every event comes under a seal soon after its transaction was committed."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import insert, or_, select

from vestibule.audit.counting import count_sealed
from vestibule.audit.models import Event, EventSeal, EventSealer, SealedEvent
from vestibule.audit.reading import first_signed, pages, unsealed
from vestibule.audit.rows import StoredEvent, time_of
from vestibule.audit.seals import Seal, digest_of, is_id, new_seal, newest_seal
from vestibule.foundation.database import claim, insert_new
from vestibule.foundation.keyring import Keyring
from vestibule.foundation.services import Services
from vestibule.foundation.tokens import new_id

LEASE = timedelta(seconds=30)
"""How long nobody else seals after a sealer was killed; it is renewed with every seal."""
BACK = timedelta(hours=1)
"""How far behind the newest seal is looked for events that were committed late."""
WHOLE = timedelta(days=1)
"""How often the whole log is looked through, for events that were committed later than that."""
LATE = timedelta(minutes=10)
"""After so long an event without a seal is told to the operator."""

_NAME = "events"

Told = Callable[[int], None]


def seal(services: Services, *, whole: bool = False, told: Told = lambda _: None) -> int | None:
    """Bring every event that has none under a seal, and count it; how many there were.

    None where somebody else is doing it. ``whole`` looks through the whole log, and not only at
    what is new; ``told`` is called with the number of events of each seal. Any number of processes
    may call this at once. Raises ``Unavailable``.
    """
    holder = new_id()
    if not _take(services, holder):
        return None
    sealed, whole_since = 0, _whole_since(services, whole=whole)
    with services.database.read() as connection:
        before, first = newest_seal(connection), first_signed(connection)
        # What somebody changed in a seal says neither where to look nor what to cover.
        is_right = before is not None and before.is_right(services.keyring)
        since = _since(before) if is_right and not whole_since else None
        for found in pages(connection, unsealed(), since=since):
            may_open = before is None or (before.opening and is_right)
            page = [
                one
                for one in found
                if _is_ours(services.keyring, one)
                or (may_open and is_id(one.id) and one.is_from_before(first))
            ]
            if not page:
                continue
            if not _take(services, holder):
                return sealed
            made = _seal_page(services, before, page)
            if made is None:
                return sealed
            before, is_right, sealed = made, True, sealed + len(page)
            told(len(page))
    _let_go(services, holder, whole_since)
    count_sealed(services)
    return sealed


def _take(services: Services, holder: str) -> bool:
    """Whether this process seals now, for as long as a lease lasts."""
    now = services.clock.now()
    mine = or_(
        EventSealer.ends_at <= now,
        EventSealer.holder == holder,
        # Of a node that lived in the future, and would keep everybody from sealing until then.
        EventSealer.ends_at > now + 10 * LEASE,
    )
    with services.database.write() as connection:
        insert_new(connection, EventSealer, name=_NAME, holder="", ends_at=now)
        where = [EventSealer.name == _NAME, mine]
        return claim(connection, EventSealer, where, holder=holder, ends_at=now + LEASE)


def _let_go(services: Services, holder: str, whole_since: datetime | None) -> None:
    found = {"looked_at": whole_since} if whole_since else {}
    where = [EventSealer.name == _NAME, EventSealer.holder == holder]
    with services.database.write() as connection:
        claim(connection, EventSealer, where, ends_at=services.clock.now(), **found)


def _whole_since(services: Services, *, whole: bool) -> datetime | None:
    """The present, where the whole log is to be looked through now."""
    now = services.clock.now()
    with services.database.read() as connection:
        last = connection.execute(select(EventSealer.looked_at)).scalar()
    is_fresh = last is not None and now - WHOLE < last <= now
    return None if is_fresh and not whole else now


def _since(newest: Seal | None) -> datetime | None:
    """From when on there may be events without a seal; None for the whole log."""
    # While the log from before the first seal is not through, it may be anywhere.
    if newest is None or newest.opening:
        return None
    # A node whose clock ran ahead has written events of the future.
    times = [time_of(newest.until), time_of(newest.made_at)]
    known = [time for time in times if time]
    return min(known) - BACK if known else None


def _seal_page(services: Services, before: Seal | None, page: list[StoredEvent]) -> Seal | None:
    """None where another sealer was faster: the number is taken then."""
    now = services.clock.now()
    made = new_seal(services.keyring, before, page, now)
    rows = [
        {
            "seal": made.number,
            "position": position,
            "event_id": event.id,
            "digest": digest_of(event),
        }
        for position, event in enumerate(page)
    ]
    with services.database.write() as connection:
        is_new = insert_new(
            connection,
            EventSeal,
            number=made.number,
            made_at=now,
            until=time_of(made.until),
            previous=made.previous,
            opening=made.opening,
            size=len(page),
            events_hash=made.events_hash,
            hash=made.hash,
            key_id=made.key_id,
            mac=made.mac,
        )
        if is_new:
            connection.execute(insert(SealedEvent), rows)
    return made if is_new else None


def _is_ours(keyring: Keyring, event: StoredEvent) -> bool:
    """Whether a seal may cover it. What somebody else put there gets none, and is told of by every
    verification.
    """
    return is_id(event.id) and event.is_signed_by_us(keyring)


def unsealed_since(services: Services) -> datetime | None:
    """When the newest event was written that should have been sealed long ago, and was not."""
    newest = (
        select(Event.at, unsealed().label("is_unsealed"))
        .where(Event.at < services.clock.now() - LATE)
        .order_by(Event.at.desc(), Event.id.desc())
        .limit(1)
    )
    with services.database.read() as connection:
        found = connection.execute(newest).first()
    return found.at if found and found.is_unsealed else None
