"""Upgrading a database: once, whole, and never from a newer version."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData, NullPool, create_engine, inspect, text

from tests.foundation.racers import Racers
from tests.migrations.packages import package_with_revisions
from tests.migrations.starters import starter
from tests.support.running_site import free_port
from vestibule.foundation.database import Base, Database, Unavailable
from vestibule.migrations import DatabaseIsNewer, stored_key_ids, upgrade_database
from vestibule.ready_site.models import Base as SiteBase

SITE = {"location": "vestibule:ready_site/migrations", "version_table": "ready_site_version"}
VERSION_TABLES = {"vestibule_version", "ready_site_version"}
LEFT = {"vestibule_event_count"}
"""What only the code before today's uses; the next contract takes it."""


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    """A connection whose changes are committed, and nothing left open afterwards."""
    with create_engine(url, poolclass=NullPool).begin() as connection:
        yield connection


def tables(url: str) -> set[str]:
    with connected(url) as connection:
        return set(inspect(connection).get_table_names())


def test_models_and_migrations_agree(database_url: str) -> None:
    upgrade_database(database_url)
    upgrade_database(database_url, **SITE)
    both = MetaData(naming_convention=Base.metadata.naming_convention)
    for found in (Base.metadata.tables, SiteBase.metadata.tables):
        for name, table in found.items():
            if name.startswith(("vestibule_", "account")):
                table.to_metadata(both)
    with connected(database_url) as connection:
        context = MigrationContext.configure(
            connection,
            opts={"include_name": lambda name, kind, _: name not in VERSION_TABLES | LEFT},
        )
        assert compare_metadata(context, both) == []


@pytest.fixture(scope="module")
def racers() -> Iterator[Racers]:
    with Racers() as started:
        yield started


def test_many_processes_at_once_migrate_once(database_url: str, racers: Racers) -> None:
    racers.race(starter, database_url, times=8)  # raises what any of them raised
    with connected(database_url) as connection:
        assert len(connection.execute(text("SELECT * FROM vestibule_version")).all()) == 1


def test_where_nothing_is_to_do_nobody_is_waited_for(database_url: str) -> None:
    upgrade_database(database_url)
    database = Database(database_url)
    with database.write() as somebody:
        if database.dialect == "postgresql":
            somebody.execute(text("LOCK TABLE vestibule_version IN SHARE MODE"))
        upgrade_database(database_url)  # on SQLite it would wait for this writer for a minute
    database.dispose()


def test_a_database_of_a_newer_version_is_left_alone(database_url: str) -> None:
    upgrade_database(database_url)
    with connected(database_url) as connection:
        connection.execute(
            text("UPDATE vestibule_version SET version_num = '9999', oldest_code = '9998'")
        )
    with pytest.raises(DatabaseIsNewer, match="newer version"):
        upgrade_database(database_url)
    with connected(database_url) as connection:
        found = connection.execute(text("SELECT version_num FROM vestibule_version")).scalar()
    assert found == "9999"


@pytest.mark.requirement("CFG-4")
def test_an_upgrade_that_fails_half_way_leaves_nothing(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = package_with_revisions(
        tmp_path, ["op.create_table('half', sa.Column('id', sa.Integer))", "1 / 0"]
    )
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ZeroDivisionError):
        upgrade_database(database_url, location=package, version_table="their")
    assert tables(database_url) == set()


def test_a_host_may_bring_revisions_of_its_own(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = package_with_revisions(
        tmp_path, ["op.create_table('pets', sa.Column('id', sa.Integer))"]
    )
    monkeypatch.syspath_prepend(tmp_path)
    upgrade_database(database_url)
    upgrade_database(database_url, location=package, version_table="their_version")
    assert {"pets", "their_version", "vestibule_version"} <= tables(database_url)


def test_an_unreachable_database_is_named_without_its_password() -> None:
    url = f"postgresql://somebody:hush@127.0.0.1:{free_port()}/site"
    with pytest.raises(Unavailable, match="cannot be used: connection failed") as refusal:
        upgrade_database(url)
    assert "hush" not in str(refusal.value)


def test_the_keys_that_a_database_needs_are_known(database_url: str) -> None:
    assert stored_key_ids(database_url) == frozenset()
    upgrade_database(database_url)
    assert stored_key_ids(database_url) == frozenset()
    rows = [{"id": f"{n}", "key": f"key-{n % 2}"} for n in range(4)]
    with connected(database_url) as connection:
        connection.execute(
            text(
                "INSERT INTO vestibule_subject (id, user_id, closed, version, created_at)"
                " VALUES ('s', 'u', '', 1, '2026-01-01 00:00:00')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO vestibule_authenticator VALUES (:id, 's', 'Phone', :id, :key, 'x', 0,"
                " '2026-01-01 00:00:00', '2026-01-01 00:00:00', NULL, 0)"
            ),
            rows,
        )
    assert stored_key_ids(database_url) == {"key-0", "key-1"}
