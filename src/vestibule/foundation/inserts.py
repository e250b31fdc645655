"""INSERT … ON CONFLICT: SQLAlchemy has one for each kind of database."""

from typing import TYPE_CHECKING

from sqlalchemy import Table
from sqlalchemy.dialects import sqlite

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql


def insert_into(table: Table, dialect: str) -> "sqlite.Insert | postgresql.Insert":
    """An INSERT for the `dialect` that a connection names."""
    if dialect == "sqlite":
        return sqlite.insert(table)
    # What knows PostgreSQL is large, and a site on SQLite starts without it.
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(table)
