"""Reads that nearly every request makes, handed to the database's driver as they are."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, NoReturn

from sqlalchemy import Connection, Dialect, Select
from sqlalchemy.exc import DBAPIError


class _Made(NamedTuple):
    sql: str
    fixed: dict[str, Any]
    """Values that stand in the statement itself."""
    readings: Sequence[tuple[int, Callable[[Any], Any]]]
    """Of columns that the driver does not read as we do."""


class PlainRead:
    """A statement that SQLAlchemy makes into SQL once; the driver runs it.

    What SQLAlchemy does around each statement costs several times what the database does for a row
    that an index finds. Only for reads whose parameters are texts, all of them named.
    """

    def __init__(self, statement: Select[*tuple[Any, ...]]) -> None:
        self._statement = statement
        self._made: dict[str, _Made] = {}

    def first(self, connection: Connection, **values: str) -> tuple[Any, ...] | None:
        """The first row, None where there is none. Raises what SQLAlchemy raises."""
        dialect = connection.dialect
        if connection.engine.dispatch.before_cursor_execute:
            # Whoever listens to statements, to trace or to count them, hears of these too.
            found = connection.execute(self._statement, values).first()
            return None if found is None else tuple(found)
        made = self._made.get(dialect.name) or self._make(dialect)
        try:
            cursor = connection.connection.cursor()
            cursor.execute(made.sql, made.fixed | values)
            row = cursor.fetchone()
            cursor.close()
        except dialect.loaded_dbapi.Error as error:
            _raise_as_sqlalchemy(connection, made.sql, error)
        except BaseException as error:
            if not isinstance(error, Exception):
                # A thread or greenlet that was stopped in the middle of an answer: whoever got the
                # connection next would find it waiting for that.
                connection.invalidate(error)
            raise
        if row is None:
            return None
        read = list(row)
        for number, reading in made.readings:
            read[number] = reading(read[number])
        return tuple(read)

    def _make(self, dialect: Dialect) -> _Made:
        compiled = self._statement.compile(dialect=dialect)
        readings = []
        for number, column in enumerate(self._statement.selected_columns):
            reading = column.type.dialect_impl(dialect).result_processor(dialect, None)
            if reading is not None:
                readings.append((number, reading))
        fixed = {name: value for name, value in compiled.params.items() if value is not None}
        made = self._made[dialect.name] = _Made(str(compiled), fixed, readings)
        return made


def _raise_as_sqlalchemy(connection: Connection, sql: str, error: Exception) -> NoReturn:
    dialect = connection.dialect
    is_gone = dialect.is_disconnect(error, connection.connection, None)  # type: ignore[arg-type]
    if is_gone:
        connection.invalidate(error)
    raise DBAPIError.instance(
        sql,
        None,
        error,
        dialect.loaded_dbapi.Error,
        hide_parameters=True,
        connection_invalidated=is_gone,
        dialect=dialect,
    ) from error
