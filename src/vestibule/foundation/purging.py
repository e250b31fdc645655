"""Deleting rows whose time is over, a batch at a time: others wait for one batch at most."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, select, tuple_

from vestibule.foundation.tables import Base

MOST = 1000
"""Rows of one batch."""


def delete_over(connection: Connection, model: type[Base], over: ColumnElement[bool]) -> int:
    """Delete at most :data:`MOST` rows of which ``over`` is true; how many."""
    key: list[Any] = list(model.__table__.primary_key)
    # A row that somebody holds is in use, whatever its time says: it waits for the next purge.
    picked = select(*key).where(over).limit(MOST).with_for_update(skip_locked=True)
    # The condition again: what became right meanwhile stays.
    gone = delete(model).where(over, tuple_(*key).in_(picked))
    return connection.execute(gone).rowcount
