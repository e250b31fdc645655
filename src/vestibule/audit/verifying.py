"""Whether the log is what was written: every signature, every seal, and the chain of the seals."""

from collections import Counter
from collections.abc import Callable, Iterator

from sqlalchemy import Connection, exists, func, select

from vestibule.audit.hidden_rows import hidden_rows
from vestibule.audit.models import Event, EventSeal, SealedEvent
from vestibule.audit.purge_marks import PurgeMark, newest_mark
from vestibule.audit.reading import first_signed, pages, unsealed
from vestibule.audit.rows import COLUMNS, StoredEvent, raw, shown, stored, text_of
from vestibule.audit.seals import FIRST, Seal, digest_of, digests_under, hash_of, seals_after
from vestibule.foundation.keyring import KeyMissing
from vestibule.foundation.services import Services

Told = Callable[[int], None]


class Verification:
    """One look through the whole log, page by page; what it counted stands in the attributes."""

    def __init__(self, services: Services, told: Told = lambda _: None) -> None:
        """``told`` is called with how many events were looked at since the last time."""
        self._keyring, self._database, self._told = services.keyring, services.database, told
        self._last: Seal | None = None
        self._first_signed: str | None = None
        self.events = 0
        self.seals = 0
        self.unsigned = 0
        """From before events were signed: they are as they were when they were sealed first."""
        self.waiting = 0
        """Without a seal yet."""
        self.waiting_since = ""
        self.purged: PurgeMark | None = None
        """Whoever has the keys can write such a mark: its time is to be compared."""
        self.of_unknown_keys = Counter[str | None]()
        """Events and seals whose key is not configured, by its id: nothing can be said of them."""

    def troubles(self, through: int | None = None) -> Iterator[str]:
        """A sentence for each thing that is wrong, in the order of the log; with ``through``, up
        to the seal of that number. Raises ``Unavailable``.
        """
        with self._database.read() as connection:
            yield from hidden_rows(connection)
            self._first_signed = first_signed(connection)
            self.purged = mark = newest_mark(connection, self._keyring)
            yield from self._of_seals(connection, mark, through)
            if through is not None:
                return
            yield from self._of_unsealed(connection)
            # What was sealed while the rest was looked at.
            yield from self._of_seals(connection, mark)
            yield from _of_lists_of_none(connection, self._last, None)
            if self._last is None and mark:
                yield "All seals are gone. After a purge the newest one is always left."

    def _of_seals(
        self, connection: Connection, mark: PurgeMark | None, through: int | None = None
    ) -> Iterator[str]:
        for seal in seals_after(connection, self._last.number if self._last else None):
            if through is not None and seal.number > through:
                return
            yield from self._of_chain(self._last, seal, mark)
            yield from _of_lists_of_none(connection, self._last, seal)
            yield from self._of_seal(connection, seal)
            self._last = seal

    def _of_chain(self, last: Seal | None, seal: Seal, mark: PurgeMark | None) -> Iterator[str]:
        self.seals += 1
        if last:
            expected, previous = last.number + 1, last.hash
        elif mark and seal.number > 1:
            # A purge that was interrupted has left seals that are older than its mark.
            expected = min(seal.number, mark.through + 1)
            previous = mark.hash if expected > mark.through else seal.previous
        else:
            expected, previous = 1, FIRST
        if seal.number > expected:
            until = seal.number - 1
            gone = f"Seal {until} is" if until == expected else f"Seals {expected} to {until} are"
            yield f"{gone} missing, and the events under them were not purged."
        elif seal.previous != previous:
            yield f"Seal {seal.number} does not follow the seal before it: one was replaced."
        if seal.opening and last and not last.opening:
            yield f"Seal {seal.number} covers events without a signature, and is none of the first."
        if seal.rightful_hash != seal.hash or not self._is_signed(seal):
            yield (
                f"Seal {seal.number} was changed: its list of events was reordered, one was put "
                "in or taken out, or the seal is not ours."
            )

    def _is_signed(self, seal: Seal) -> bool:
        try:
            return seal.is_signed(self._keyring)
        except KeyMissing:
            self.of_unknown_keys[seal.key_id] += 1
            return True

    def _of_seal(self, connection: Connection, seal: Seal) -> Iterator[str]:
        there = _events_under(connection, seal)
        digests = digests_under(connection, seal)
        is_list_right = hash_of(digests) == seal.events_hash
        if not is_list_right and not self._is_purged(connection, seal):
            yield f"What seal {seal.number} says of its events was changed."
        for place, identity in enumerate(seal.events):
            where = f"number {place + 1} of seal {seal.number}"
            events = there.get(identity, [])
            if not events and not self._is_purged(connection, seal):
                yield f"Event {shown(identity)}, {where}, is missing: it was removed."
            if len(events) > 1:
                yield f"{_named(events[0])}, {where}, is there twice: one was put in."
            for event in events:
                is_listed = not is_list_right or digest_of(event) == digests[place]
                if not self._is_right(event, seal) or not is_listed:
                    yield f"{_named(event)}, {where}, was changed."
        self.events += len(there)
        self._told(len(there))

    def _is_purged(self, connection: Connection, seal: Seal) -> bool:
        """Whether a purge took the seal away while we looked at it."""
        found = select(EventSeal.number).where(EventSeal.number == seal.number)
        if connection.execute(found).scalar() is not None:
            return False
        mark = newest_mark(connection, self._keyring)
        return mark is not None and mark.through >= seal.number

    def _of_unsealed(self, connection: Connection) -> Iterator[str]:
        for page in pages(connection, unsealed()):
            for event in page:
                if event.is_signed_by_us(self._keyring):
                    self.waiting += 1
                    self.waiting_since = self.waiting_since or event.at
                else:
                    yield f"{_named(event)}, under no seal, was inserted or changed."
            self.events += len(page)
            self._told(len(page))

    def _is_right(self, event: StoredEvent, seal: Seal) -> bool:
        if seal.opening and event.is_from_before(self._first_signed):
            self.unsigned += 1
            return True
        try:
            return event.is_signed(self._keyring)
        except KeyMissing:
            # It was there when the event was sealed.
            self.of_unknown_keys[event.key_id] += 1
            return True


def how_many(services: Services) -> int:
    """About how many events a verification looks at."""
    with services.database.read() as connection:
        return connection.execute(select(func.count()).select_from(Event)).scalar_one()


def _events_under(connection: Connection, seal: Seal) -> dict[str, list[StoredEvent]]:
    """Those of its list that are still there; each is one, unless somebody unmade the table."""
    found = (
        select(*raw(connection, COLUMNS))
        .join(SealedEvent, SealedEvent.event_id == Event.id)
        .where(SealedEvent.seal == seal.number)
    )
    there: dict[str, list[StoredEvent]] = {}
    for row in connection.execute(found):
        event = stored(row)
        there.setdefault(event.id, []).append(event)
    return there


def _of_lists_of_none(
    connection: Connection, last: Seal | None, seal: Seal | None
) -> Iterator[str]:
    """Between two seals. Else who puts an event into the list of a seal that is none would hide
    it: it seems to lie under one, and no seal is asked for it.
    """
    found = select(*raw(connection, [SealedEvent.event_id])).where(
        ~exists().where(EventSeal.number == SealedEvent.seal)
    )
    if last:
        found = found.where(SealedEvent.seal > last.number)
    if seal:
        found = found.where(SealedEvent.seal < seal.number)
    identity = connection.execute(found.limit(1)).scalar()
    if identity is not None:
        yield f"Event {shown(text_of(identity) or '')} is listed under a seal that is not there."


def _named(event: StoredEvent) -> str:
    return f"Event {shown(event.id)} ({shown(event.at)}, {shown(event.kind)})"
