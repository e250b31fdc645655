"""Fixtures of the ground floor: a database with its tables, and racers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.foundation.racers import Racers
from tests.foundation.tickets import TicketBase
from vestibule.foundation.budgets import BudgetRow
from vestibule.foundation.database import Database


@pytest.fixture(scope="session")
def racers() -> Iterator[Racers]:
    with Racers() as started:
        yield started


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database of each kind, with a table of tickets and the table of budgets."""
    with_tables = prepared(Database(database_url))
    yield with_tables
    with_tables.dispose()


@pytest.fixture
def sqlite_database(sqlite_url: str) -> Iterator[Database]:
    with_tables = prepared(Database(sqlite_url, busy_timeout=0.1))
    yield with_tables
    with_tables.dispose()


@pytest.fixture
def postgresql_database(postgresql_url: str) -> Iterator[Database]:
    with_tables = prepared(Database(postgresql_url, busy_timeout=0.1))
    yield with_tables
    with_tables.dispose()


def prepared(database: Database) -> Database:
    with database.write() as connection:
        TicketBase.metadata.create_all(connection)
        BudgetRow.metadata.tables[BudgetRow.__tablename__].create(connection)
    return database
