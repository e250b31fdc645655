"""The log for another program: CSV or JSON lines, page by page, one event on each line."""

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, func, select

from vestibule.audit.models import Event
from vestibule.audit.reading import stretch
from vestibule.audit.rows import StoredEvent
from vestibule.audit.wanted import Wanted
from vestibule.foundation.services import Services
from vestibule.subjects.models import Subject

# At the beginning of a cell, and where one begins for a table program that takes another separator
# than ours. Those of full width are formulas too, to some.
_FORMULA = re.compile(r"(^|[;,|\t\"]\s*)(?=[=+\-@＝＋－＠])")


def accounts_of(connection: Connection, given: str) -> list[str]:
    """The random ids of an account; given is one, or its user's key, which others may have had
    before."""
    had = select(Subject.id).where(Subject.user_id == given)
    return list(connection.execute(had).scalars()) or [given]


def lines(services: Services, wanted: Wanted, line: Callable[[StoredEvent], str]) -> Iterator[str]:
    """Each event as a line, oldest first. Raises ``Unavailable``.

    No connection is held meanwhile: whoever takes the lines slowly keeps nobody from the database.
    """
    end: Sequence[Any] | None = None
    while True:
        with services.database.read() as connection:
            found = stretch(connection, wanted.along(), wanted.besides(), end)
        for event in found.events:
            yield line(event)
        end = found.end
        if end is None:
            return


def how_many(services: Services, wanted: Wanted) -> int:
    found = select(func.count()).select_from(Event).where(*wanted.along(), *wanted.besides())
    with services.database.read() as connection:
        return connection.execute(found).scalar_one()


def as_csv(event: StoredEvent) -> str:
    return csv_line([_for_a_cell(value or "") for value in event.named.values()])


def csv_line(cells: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(cells)
    return text.getvalue()


def _for_a_cell(text: str) -> str:
    # A browser may call itself a formula, and a table program would compute it.
    harmless = _FORMULA.sub(r"\1'", text)
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode() for one in harmless
    )
