"""The guarded writes: the only way a one-time value or a state changes hands.

Looking first and writing then is a defect even where a test passes: another request fits between.
"""

from collections.abc import Mapping, Sequence
from functools import cache

from sqlalchemy import ColumnElement, Connection, Insert, Table, Update, update

from vestibule.foundation.inserts import insert_into
from vestibule.foundation.tables import Base


def claim(
    connection: Connection, model: type[Base], where: Sequence[ColumnElement[bool]], **set_: object
) -> bool:
    """Guarded write: one UPDATE … WHERE <still unclaimed>; True if this call changed the row.

    Of any number of parallel claims the database lets exactly one through (promise P2). `set_`
    names columns. Raises RuntimeError, which rolls back, if the condition fits several rows.
    """
    return claim_by(connection, update(model).where(*where).values(**set_), {})


def claim_by(connection: Connection, statement: Update, values: Mapping[str, object]) -> bool:
    """As :func:`claim`, with a statement made once: building one costs more than running it."""
    changed = connection.execute(statement, values).rowcount
    if changed > 1:
        raise RuntimeError(f"a claim changed {changed} rows, it must name one")
    return changed == 1


def insert_new(connection: Connection, model: type[Base], **values: object) -> bool:
    """Guarded write: INSERT … ON CONFLICT DO NOTHING; True if the row is new.

    `values` names columns.
    """
    result = connection.execute(_insert_new(model.__table__, connection.dialect.name), values)
    return result.rowcount == 1


@cache
def _insert_new(table: Table, dialect: str) -> Insert:
    insert = insert_into(table, dialect)
    statement = insert.on_conflict_do_nothing().inline()
    # SQLAlchemy keeps the count of an INSERT only where it is asked to.
    return statement.execution_options(preserve_rowcount=True)
