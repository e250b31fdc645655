"""The log for another program: CSV or JSON lines, page by page, one event on each line."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select

from vestibule.audit.models import Event
from vestibule.audit.reading import pages
from vestibule.audit.rows import COLUMNS, StoredEvent
from vestibule.audit.values import EventKind
from vestibule.foundation.services import Services
from vestibule.subjects.models import Subject

NAMES = tuple(column.key for column in COLUMNS)

# At the beginning of a cell, and where one begins for a table program that takes another separator
# than ours. Those of full width are formulas too, to some.
_FORMULA = re.compile(r"(^|[;,|\t\"]\s*)(?=[=+\-@＝＋－＠])")


@dataclass(frozen=True)
class Wanted:
    """Which events; all that is given has to hold."""

    since: datetime | None = None
    until: datetime | None = None
    """Before this moment."""
    kinds: Sequence[EventKind] = ()
    account: str | None = None
    """The random id of an account, or its user's key; with the accounts that had the key before."""
    address: str | None = None

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        if self.since:
            yield Event.at >= self.since
        if self.until:
            yield Event.at < self.until
        if self.kinds:
            yield Event.kind.in_([kind.value for kind in self.kinds])
        if self.account:
            had = select(Subject.id).where(Subject.user_id == self.account)
            yield or_(Event.subject_id == self.account, Event.subject_id.in_(had))
        if self.address:
            yield Event.address == self.address


def lines(services: Services, wanted: Wanted, line: Callable[[StoredEvent], str]) -> Iterator[str]:
    """Each event as a line, oldest first. Raises ``Unavailable``."""
    with services.database.read() as connection:
        for page in pages(connection, *wanted.conditions()):
            for event in page:
                yield line(event)


def how_many(services: Services, wanted: Wanted) -> int:
    found = select(func.count()).select_from(Event).where(*wanted.conditions())
    with services.database.read() as connection:
        return connection.execute(found).scalar_one()


def as_json(event: StoredEvent) -> str:
    """Every character that is not ASCII is escaped: none ends a line or turns its direction."""
    return json.dumps(_named(event) | {"details": event.facts})


def as_csv(event: StoredEvent) -> str:
    return csv_line([_for_a_cell(value or "") for value in _named(event).values()])


def csv_line(cells: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(cells)
    return text.getvalue()


def _named(event: StoredEvent) -> dict[str, str | None]:
    values = (*event.columns, event.details, event.mac)
    named = dict(zip(NAMES, values, strict=True))
    return named | {"at": f"{event.at.replace(' ', 'T')}Z"}


def _for_a_cell(text: str) -> str:
    # A browser may call itself a formula, and a table program would compute it.
    harmless = _FORMULA.sub(r"\1'", text)
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode() for one in harmless
    )
