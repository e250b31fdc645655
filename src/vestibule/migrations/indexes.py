"""Indexes on tables that have grown, made while people sign in."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from alembic import op
from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Index,
    MetaData,
    Table,
    column,
    select,
    table,
    text,
)
from sqlalchemy.schema import CreateIndex, DropIndex


@dataclass(frozen=True)
class IndexBeside:
    """An index that PostgreSQL makes beside the running site; ``where`` makes it a partial one.

    A revision names its own in ``beside``, and calls :func:`make` for each in its ``upgrade``.
    """

    name: str
    on: str
    columns: tuple[str, ...]
    where: str | None = None


def make(index: IndexBeside) -> None:
    """Make it in the transaction of the revision, unless it was made beside before.

    The way of a new database, and of SQLite, where nobody else could write meanwhile anyhow.
    """
    op.create_index(
        index.name, index.on, list(index.columns), if_not_exists=True, **_partial(index)
    )


def make_beside(connection: Connection, index: IndexBeside, told: Callable[[str], None]) -> None:
    """Make it without a transaction, which keeps no writer waiting; PostgreSQL only.

    One that a killed run left half made is dropped first: it would never be used.
    """
    is_whole = _is_whole(connection, index.name)
    if is_whole:
        return
    concurrently = _as_schema(index)
    if is_whole is not None:
        told(f"dropping the half-made index {index.name} of an earlier run")
        connection.execute(DropIndex(concurrently))
    told(f"making the index {index.name}; the site goes on meanwhile")
    connection.execute(CreateIndex(concurrently))


def _is_whole(connection: Connection, name: str) -> bool | None:
    """None where there is no such index."""
    is_valid = column("indisvalid", Boolean)
    found = select(is_valid).select_from(table("pg_index"))
    named = text("indexrelid = to_regclass(:name)")
    return connection.execute(found.where(named), {"name": name}).scalar()


def _as_schema(index: IndexBeside) -> Index:
    on = Table(index.on, MetaData(), *(Column(name) for name in index.columns))
    columns = [on.c[name] for name in index.columns]
    return Index(index.name, *columns, postgresql_concurrently=True, **_partial(index))


def _partial(index: IndexBeside) -> dict[str, Any]:
    where = text(index.where) if index.where else None
    return {"sqlite_where": where, "postgresql_where": where} if index.where else {}
