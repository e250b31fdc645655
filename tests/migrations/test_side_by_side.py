"""Old and new code on the same tables: the newer revisions say how old the code may be."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from tests.migrations.packages import package_with_revisions
from tests.migrations.test_upgrade import connected
from vestibule import new_key
from vestibule.foundation.clock import DatabaseClock
from vestibule.foundation.database import Database
from vestibule.foundation.keyring import Keyring
from vestibule.foundation.services import Services
from vestibule.host.readiness import readiness
from vestibule.migrations import DatabaseIsNewer, revisions, say_newest, upgrade_database
from vestibule.settings import Settings
from vestibule.testing import MovableClock

PETS = "op.create_table('pets', sa.Column('id', sa.Integer))"
NAME = "op.add_column('pets', sa.Column('name', sa.String(20)))"
TOYS = "op.create_table('toys', sa.Column('id', sa.Integer))"
NO_NAME = "op.drop_column('pets', 'name')"
SAYS = {1: "oldest_code = '0'", 3: "oldest_code = '2'"}
VERSION = {"version_table": "their_version"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def code_of(folder: Path, *bodies: str) -> str:
    """The revisions that a version of the code brings."""
    return package_with_revisions(folder, bodies, SAYS)


def test_older_code_starts_on_tables_that_were_only_expanded(
    database_url: str, folder: Path
) -> None:
    older, newer = code_of(folder, PETS), code_of(folder, PETS, NAME, TOYS)
    for location in (older, newer, older, newer):
        upgrade_database(database_url, location=location, **VERSION)
    found = revisions(database_url, location=older, **VERSION)
    assert (found.have, found.newest) == ("2", "0")
    assert found.fits
    assert found.is_ahead


def test_code_from_before_a_contract_is_refused_and_code_of_its_time_is_not(
    database_url: str, folder: Path
) -> None:
    newest = code_of(folder, PETS, NAME, TOYS, NO_NAME)
    upgrade_database(database_url, location=code_of(folder, PETS, NAME, TOYS), **VERSION)
    upgrade_database(database_url, location=newest, **VERSION)
    upgrade_database(database_url, location=code_of(folder, PETS, NAME, TOYS), **VERSION)
    too_old = code_of(folder, PETS, NAME)
    with pytest.raises(DatabaseIsNewer, match="install that version"):
        upgrade_database(database_url, location=too_old, **VERSION)
    assert not revisions(database_url, location=too_old, **VERSION).fits


def test_tables_that_say_nothing_are_for_code_that_knows_them(
    database_url: str, folder: Path
) -> None:
    upgrade_database(database_url, location=code_of(folder, PETS, "pass"), **VERSION)
    with connected(database_url) as connection:
        connection.execute(text("UPDATE their_version SET oldest_code = NULL"))
    with pytest.raises(DatabaseIsNewer):
        upgrade_database(database_url, location=code_of(folder, PETS), **VERSION)


def test_tables_made_by_create_all_say_it_too(database_url: str) -> None:
    with connected(database_url) as connection:
        say_newest(connection)
    with connected(database_url) as connection:
        connection.execute(text("UPDATE vestibule_version SET version_num = '9999'"))
    assert revisions(database_url).fits


@pytest.mark.parametrize(("oldest", "is_ready"), [("0013", True), ("9998", False)])
def test_a_node_is_ready_as_long_as_it_can_work_on_the_tables(
    database_url: str, oldest: str, is_ready: bool
) -> None:
    upgrade_database(database_url)
    with connected(database_url) as connection:
        connection.execute(
            text("UPDATE vestibule_version SET version_num = '9999', oldest_code = :oldest"),
            {"oldest": oldest},
        )
    database = Database(database_url)
    clock, keyring = MovableClock(), Keyring((new_key(),))
    services = Services(Settings(), clock, database, DatabaseClock(database), keyring, hasher=None)
    assert readiness(services)["tables"] is is_ready
    database.dispose()
