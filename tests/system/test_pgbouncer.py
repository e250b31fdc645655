"""Behind pgbouncer in transaction mode: each statement may meet another server process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, text

from tests.migrations.test_beside_the_site import as_of_0011
from tests.support.demo_people import fill_with_people, people_of
from tests.support.pgbouncer import pgbouncer_in_front, roles_limits_of_the_docs
from tests.support.postgres import PostgresServer
from tests.support.rows_afterwards import Rows
from tests.support.running_site import RunningSite
from tests.support.under_load import ComingAndGoing
from vestibule.foundation.database import Database
from vestibule.migrations import revisions, upgrade_database

pytestmark = [pytest.mark.system, pytest.mark.requirement("P9")]

ROLE = "behind_pgbouncer"


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    """Of its own: roles belong to a server, and this one is restarted."""
    with PostgresServer.running() as server:
        yield server


@pytest.fixture
def past_it(server: PostgresServer) -> Iterator[str]:
    """The database itself; its role has the limits of the page."""
    with server.empty_database() as database:
        with psycopg.connect(database.replace("+psycopg", ""), autocommit=True) as operator:
            operator.execute(f"CREATE ROLE {ROLE} LOGIN")
            operator.execute(f"GRANT ALL ON SCHEMA public TO {ROLE}")
            for statement in roles_limits_of_the_docs(ROLE):
                operator.execute(statement.encode())
        yield database


@pytest.fixture
def pooled(past_it: str) -> Iterator[str]:
    """Two connections for all the threads of a site."""
    with pgbouncer_in_front(past_it, size=2, role=ROLE) as url:
        yield url


def test_people_sign_in_and_the_tables_are_made_through_it(
    pooled: str,
    server: PostgresServer,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    papers = fill_with_people(tmp_path / "instance", people=12, database=pooled)
    with RunningSite(tmp_path / "instance", database=pooled) as site:
        with ComingAndGoing(people_of(site, papers), newcomers=12) as load:
            load.comes_so_far(12)
            server.restart()
            load.comes_so_far(5)
        assert load.ledger.unkind() == {}
        assert Rows(site).wrong(load.ledger) == {}
        # Nothing was left behind for somebody else: every statement is one that works anew.
        assert "prepared statement" not in site.said()
        assert "Traceback" not in site.said()
    record_property("answers", load.ledger.statuses)


def test_an_upgrade_that_makes_indexes_asks_for_the_way_past_it(pooled: str, past_it: str) -> None:
    upgrade_database(pooled)
    as_of_0011(past_it)
    with pytest.raises(ValueError, match="--database and the address of PostgreSQL itself"):
        upgrade_database(pooled)
    assert revisions(pooled).have == "0011"
    upgrade_database(past_it)
    assert revisions(pooled).fits


def test_the_roles_limits_are_kept_and_none_is_left_in_a_connection_of_others(pooled: str) -> None:
    ours = Database(pooled)
    with ours.read() as connection:
        for _ in range(10):  # more often than psycopg waits before it prepares
            assert connection.scalar(text("SELECT count(*) FROM pg_prepared_statements")) == 0
        shown = [
            connection.scalar(text(f"SHOW {name}"))
            for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
        ]
    assert shown == ["10s", "5s", "15s"]
    ours.dispose()
    others = create_engine(pooled.replace("postgresql:", "postgresql+psycopg:"))
    with others.connect() as connection:
        assert (
            connection.scalar(text("SELECT source FROM pg_settings WHERE name = 'lock_timeout'"))
            == "user"
        )
    others.dispose()
