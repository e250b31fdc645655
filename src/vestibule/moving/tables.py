"""Tables of other programs, read a row at a time."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Engine, column, select, table
from sqlalchemy.exc import SQLAlchemyError

from vestibule.authenticators.foreign_secrets import read_secret
from vestibule.moving.files import NotReadable
from vestibule.moving.values import Given, given

_AT_ONCE = 500


def read_table(
    engine: Engine, name: str, *, user: str, secret: str, switched_on: str | None
) -> Iterator[Given]:
    """Users with a base32 secret in a column; rows without one, or switched off, are passed over.

    ``switched_on`` names the column that says whether the person finished setting it up.
    """
    columns = (user, secret, *((switched_on,) if switched_on else ()))
    for number, row in table_rows(engine, name, columns):
        if row[1] and (switched_on is None or _is_true(row[2])):
            yield given(number, row[0], lambda row=row: read_secret(str(row[1])))  # type: ignore[misc]


def table_rows(
    engine: Engine, name: str, columns: Sequence[str]
) -> Iterator[tuple[int, Sequence[Any]]]:
    """Rows with their number. Raises :class:`NotReadable` where table or column is not there."""
    # SQLite takes a quoted name that is no column for a text: with the table's name it cannot.
    source = table(name, *(column(one) for one in columns))
    statement = select(*(source.c[one] for one in columns))
    was_asked = False
    try:
        with engine.connect() as connection:
            connection.execute(statement.limit(0))
            was_asked = True
            rows = connection.execution_options(yield_per=_AT_ONCE).execute(statement)
            yield from enumerate(rows, 1)
    except SQLAlchemyError as error:
        # The driver's own words name tables and columns; once there are rows, they quote those.
        words = "" if was_asked else str(getattr(error, "orig", None) or "").strip()
        reason = words.splitlines()[0] if words else type(error).__name__
        raise NotReadable(
            f"The table {name} cannot be read: {reason}. Look at --from and --table."
        ) from error


def _is_true(value: object) -> bool:
    return str(value).strip().lower() in ("true", "1", "t", "yes", "y")
