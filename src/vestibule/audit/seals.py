"""What a seal is: a list of events, what they said, and the seal before it; in one hash."""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, select

from vestibule.audit.models import EventSeal, SealedEvent
from vestibule.audit.rows import StoredEvent, raw, text_of, time_of
from vestibule.audit.signing import instant
from vestibule.foundation.keyring import KeyMissing, Keyring

PAGE = 1000
"""Events that are sealed together, and deleted together."""
FIRST = ""
"""What the first seal says of the one before it."""

_ID = re.compile("[0-9a-f]{32}")
_PURPOSE = "vestibule: the signature of a seal"
_SEALS = select(EventSeal.number).where(EventSeal.number.is_not(None))
_TEXTS = (
    EventSeal.made_at,
    EventSeal.until,
    EventSeal.previous,
    EventSeal.opening,
    EventSeal.events_hash,
    EventSeal.hash,
    EventSeal.key_id,
    EventSeal.mac,
)


@dataclass(frozen=True)
class Seal:
    """A seal with its list of events; also what is exported."""

    number: int
    made_at: str
    until: str
    """The time of its last event."""
    previous: str
    """The hash of the seal before it. Whoever knows one hash knows all seals up to it."""
    opening: bool
    """Whether it may hold events from before events were signed: only the first seals do."""
    events: list[str]
    events_hash: str
    hash: str
    key_id: str
    mac: str

    @property
    def rightful_hash(self) -> str:
        """What ``hash`` has to be."""
        said = asdict(self)
        for name in ("hash", "key_id", "mac"):
            del said[name]
        return hashlib.sha256(_json(said).encode()).hexdigest()

    def is_signed(self, keyring: Keyring) -> bool:
        """Raises ``KeyMissing``."""
        return keyring.is_mac(self.key_id, _PURPOSE, self.hash, self.mac)

    def is_right(self, keyring: Keyring) -> bool:
        """Whether it says what it said when it was signed with a key of ours."""
        try:
            return self.rightful_hash == self.hash and self.is_signed(keyring)
        except KeyMissing:
            return False

    def as_line(self) -> str:
        return _json(asdict(self))

    @classmethod
    def of_line(cls, line: str) -> "Seal":
        """Raises ValueError for what is no line of :meth:`as_line`, or was changed."""
        try:
            found = json.loads(line)
        except RecursionError as error:
            raise ValueError("no JSON that anybody could read") from error
        if not isinstance(found, dict) or set(found) != {one.name for one in fields(cls)}:
            raise ValueError("not the fields of a seal")
        number, events = found["number"], found["events"]
        # A database is asked for them, and need not bear every number and text there is.
        if type(number) is not int or not 0 < number < 2**31:
            raise ValueError("not the number of a seal")
        if not isinstance(events, list) or len(events) > PAGE or not all(map(is_id, events)):
            raise ValueError("not the events of a seal")
        seal = cls(**found)
        if seal.rightful_hash != seal.hash:
            raise ValueError("not the hash of a seal")
        return seal


def new_seal(
    keyring: Keyring, before: Seal | None, page: Sequence[StoredEvent], made_at: datetime
) -> Seal:
    """Over a page of events, behind the newest seal."""
    unsigned = Seal(
        number=before.number + 1 if before else 1,
        made_at=instant(made_at),
        until=instant(time_of(page[-1].at) or made_at),
        previous=before.hash if before else FIRST,
        opening=any(event.is_unsigned for event in page),
        events=[event.id for event in page],
        events_hash=hash_of(digest_of(event) for event in page),
        hash="",
        key_id=keyring.current_id,
        mac="",
    )
    digest = unsigned.rightful_hash
    return replace(unsigned, hash=digest, mac=keyring.mac_under(unsigned.key_id, _PURPOSE, digest))


def digest_of(event: StoredEvent) -> str:
    """Of everything that an event says, with its signature."""
    # JSON has no line ends of its own.
    return hashlib.sha256(f"{event.text}\n{_json(event.mac)}".encode()).hexdigest()


def hash_of(digests: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(digests).encode("utf-8", "surrogateescape")).hexdigest()


def digests_under(connection: Connection, seal: Seal) -> list[str]:
    """Of each event in the seal's list; only :func:`hash_of` them is signed."""
    found = select(*raw(connection, [SealedEvent.digest])).where(SealedEvent.seal == seal.number)
    values = connection.execute(found.order_by(SealedEvent.position)).scalars()
    return [text_of(value) or "" for value in values]


def seals_after(connection: Connection, number: int | None) -> Iterator[Seal]:
    """One after the other, as they lie there, right or not; None for all."""
    while True:
        behind = [] if number is None else [EventSeal.number > number]
        seal = _read(connection, _SEALS.where(*behind).order_by(EventSeal.number))
        if seal is None:
            return
        yield seal
        number = seal.number


def newest_seal(connection: Connection) -> Seal | None:
    return _read(connection, _SEALS.order_by(EventSeal.number.desc()))


def _read(connection: Connection, found: Select[Any]) -> Seal | None:
    number = connection.execute(found.limit(1)).scalar()
    if number is None:
        return None
    texts = select(*raw(connection, _TEXTS)).where(EventSeal.number == number)
    row = connection.execute(texts).first()
    if row is None:  # purged between the two statements
        return _read(connection, found)
    made_at, until, previous, opening, *rest = (text_of(value) or "" for value in row)
    events = select(*raw(connection, [SealedEvent.event_id])).where(SealedEvent.seal == number)
    ids = connection.execute(events.order_by(SealedEvent.position)).scalars()
    listed = [text_of(one) or "" for one in ids]
    return Seal(number, made_at, until, previous, opening in ("1", "True"), listed, *rest)


def is_id(value: object) -> bool:
    """Whether that can be the id of an event."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def _json(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
