"""An upgrade of PostgreSQL beside a site that goes on: nobody waits for it, and it bears a kill."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, NullPool, create_engine, text

from tests.migrations.packages import package_with_revisions
from tests.migrations.test_upgrade import connected, tables
from tests.support.races import wait_for
from vestibule.migrations import revisions, upgrade_database

PETS = "op.create_table('pets', sa.Column('id', sa.Integer), sa.Column('name', sa.String(20)))"
INDEX = {1: "beside = (IndexBeside('ix_pets_name', 'pets', ('name',), where='id > 0'),)"}
MAKE = "[make(index) for index in beside]"
NOBODY_WAITS = "SET lock_timeout = '2s'"


class Host:
    """Whose code came with one revision and now brings others; ``says`` as of the modules."""

    def __init__(self, folder: Path, url: str, *new: str, says: dict[int, str] | None = None):
        self.url = url
        self._says = says
        self._before = package_with_revisions(folder, [PETS])
        self._after = package_with_revisions(folder, [PETS, *new], says)
        self.told: list[str] = []
        self._upgrade(self._before)

    def upgrades(self) -> None:
        self._upgrade(self._after)

    def _upgrade(self, location: str) -> None:
        upgrade_database(self.url, location=location, version_table="theirs", told=self.told.append)

    @property
    def revision(self) -> str | None:
        return revisions(self.url, location=self._after, version_table="theirs").have


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


@contextmanager
def begun(url: str, statement: str) -> Iterator[Connection]:
    """A transaction of the site's that is not committed before the block ends."""
    with connected(url) as connection:
        connection.execute(text(statement))
        yield connection


@pytest.fixture
def beside() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


def index_is_whole(url: str) -> bool | None:
    with connected(url) as connection:
        found = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('ix_pets_name')"
        return connection.execute(text(found)).scalar()


def test_who_writes_does_not_wait_for_an_index(
    postgresql_url: str, folder: Path, beside: ThreadPoolExecutor
) -> None:
    host = Host(folder, postgresql_url, MAKE, says=INDEX)
    with begun(postgresql_url, "INSERT INTO pets VALUES (1, 'Ida')"):
        upgrade = beside.submit(host.upgrades)
        wait_for(lambda: index_is_whole(postgresql_url) is not None)
        with connected(postgresql_url) as other:
            other.execute(text(NOBODY_WAITS))
            other.execute(text("INSERT INTO pets VALUES (2, 'Otto')"))
        assert not upgrade.done()
    upgrade.result()
    assert index_is_whole(postgresql_url)
    assert host.revision == "1"
    assert "1: making the index ix_pets_name; the site goes on meanwhile" in host.told


def test_an_index_that_a_killed_upgrade_left_half_made_is_made_again(
    postgresql_url: str, folder: Path, beside: ThreadPoolExecutor
) -> None:
    host = Host(folder, postgresql_url, MAKE, says=INDEX)
    with begun(postgresql_url, "INSERT INTO pets VALUES (1, 'Ida')"):
        upgrade = beside.submit(host.upgrades)
        wait_for(lambda: index_is_whole(postgresql_url) is False)
        with connected(postgresql_url) as connection:
            ends = (
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE query LIKE 'CREATE INDEX CONCURRENTLY%'"
            )
            assert connection.execute(text(ends)).all() == [(True,)]
        assert upgrade.exception()
    assert index_is_whole(postgresql_url) is False
    assert host.revision == "0"
    host.upgrades()
    assert index_is_whole(postgresql_url)
    assert host.revision == "1"


def test_nobody_queues_behind_an_upgrade_that_waits_for_a_table(
    postgresql_url: str, folder: Path, beside: ThreadPoolExecutor
) -> None:
    host = Host(folder, postgresql_url, "op.add_column('pets', sa.Column('age', sa.Integer))")
    with begun(postgresql_url, "SELECT * FROM pets"):
        upgrade = beside.submit(host.upgrades)
        wait_for(lambda: any("in use" in line for line in host.told))
        for number in range(10):
            with connected(postgresql_url) as other:
                other.execute(text(NOBODY_WAITS))
                other.execute(text("INSERT INTO pets VALUES (:id, 'Otto')"), {"id": number})
        assert not upgrade.done()
    upgrade.result()
    assert host.revision == "1"


def test_revisions_that_were_done_before_a_failure_stay(postgresql_url: str, folder: Path) -> None:
    host = Host(
        folder, postgresql_url, "op.create_table('toys', sa.Column('id', sa.Integer))", "1 / 0"
    )
    with pytest.raises(ZeroDivisionError):
        host.upgrades()
    assert host.revision == "1"
    assert "toys" in tables(postgresql_url)


def test_processes_that_upgrade_at_once_wait_for_the_one_that_does(
    postgresql_url: str, folder: Path, beside: ThreadPoolExecutor
) -> None:
    host = Host(folder, postgresql_url, MAKE, says=INDEX)
    lines: list[str] = []
    with begun(postgresql_url, "INSERT INTO pets VALUES (1, 'Ida')"):
        upgrade = beside.submit(host.upgrades)
        wait_for(lambda: index_is_whole(postgresql_url) is not None)
        host.told = lines
        others = [beside.submit(host.upgrades) for _ in range(3)]
        wait_for(lambda: len(lines) == 3)
    upgrade.result()
    for other in others:
        other.result()
    assert lines[:3] == ["waiting for another process, which upgrades the tables"] * 3
    assert host.revision == "1"


def test_a_new_database_is_made_in_one_transaction(postgresql_url: str, folder: Path) -> None:
    location = package_with_revisions(folder, [PETS, MAKE, "1 / 0"], INDEX)
    with pytest.raises(ZeroDivisionError):
        upgrade_database(postgresql_url, location=location, version_table="theirs")
    assert tables(postgresql_url) == set()


def test_the_upgrade_that_makes_indexes_beside_events_is_the_shipped_one(
    postgresql_url: str,
) -> None:
    """From 0011, as with people in it: indexes and tables end as those of a new database."""
    upgrade_database(postgresql_url)
    new = indexes(postgresql_url)
    as_of_0011(postgresql_url)
    told: list[str] = []
    upgrade_database(postgresql_url, told=told.append)
    assert indexes(postgresql_url) == new
    assert len([line for line in told if "making the index" in line]) == 3


def as_of_0011(url: str) -> None:
    with connected(url) as connection:
        for undo in UNDONE:
            connection.execute(text(undo))


UNDONE = (
    "DROP TABLE vestibule_day_count",
    "ALTER TABLE vestibule_event_sealer DROP COLUMN counted",
    "DROP TABLE vestibule_event_count",
    "DROP INDEX ix_vestibule_event_kind_at",
    "DROP INDEX ix_vestibule_event_address_at",
    "DROP INDEX ix_vestibule_budget_blocked",
    "UPDATE vestibule_version SET version_num = '0011'",
    "ALTER TABLE vestibule_version DROP COLUMN oldest_code",
)


def indexes(url: str) -> set[tuple[str, ...]]:
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        found = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'"
        return {tuple(row) for row in connection.execute(text(found))}
