"""What a purge leaves behind: a signed event that says through which seal the log was deleted."""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from vestibule.audit.models import Event
from vestibule.audit.rows import COLUMNS, raw, stored
from vestibule.audit.values import EventKind
from vestibule.foundation.keyring import Keyring


@dataclass(frozen=True)
class PurgeMark:
    through: int
    """Number of the newest seal that was purged."""
    hash: str
    at: str
    """When, as it is signed: UTC."""
    event: str
    """The id of the event that says so."""


def newest_mark(connection: Connection, keyring: Keyring) -> PurgeMark | None:
    """That of the furthest purge; only what is signed counts."""
    found = select(*raw(connection, COLUMNS)).where(Event.kind == EventKind.AUDIT_PURGED.value)
    marks = []
    for row in connection.execute(found):
        event = stored(row)
        facts = event.facts
        if event.is_signed_by_us(keyring) and not isinstance(facts, str):
            through, mark = int(facts["through"]), str(facts["hash"])
            marks.append(PurgeMark(through, mark, event.at, event.id))
    return max(marks, key=lambda mark: mark.through, default=None)
