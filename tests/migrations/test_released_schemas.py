"""Every schema that was ever released becomes today's, with the people in it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import MetaData, NullPool, create_engine, make_url, select

from tests.migrations.released_dump import FOLDER, SECRET_KEY, site_on, visitor
from vestibule.migrations import revisions, upgrade_database

RELEASED = ("0001",)
"""The newest revision of each release; a release that brought another one adds it here."""

Rows = dict[str, list[tuple[Any, ...]]]


@pytest.mark.parametrize("revision", RELEASED)
def test_a_released_revision_has_its_database_kept(revision: str) -> None:
    for name in ("sqlite.sql", "postgresql.sql", "people.json"):
        assert (FOLDER / revision / name).exists(), (
            f"Revision {revision} was released without tests/migrations/released/{revision}/{name}."
            " Check that release out and run: python -m tests.migrations.released_dump"
        )


@pytest.mark.requirement("CFG-4")
@pytest.mark.parametrize("revision", RELEASED)
def test_people_of_a_released_version_sign_in_after_the_upgrade(
    revision: str, database_url: str, tmp_path: Path
) -> None:
    kind = make_url(database_url).get_backend_name()
    restore(database_url, (FOLDER / revision / f"{kind}.sql").read_text())
    kept = json.loads((FOLDER / revision / "people.json").read_text())[kind]
    assert revisions(database_url).have == revision
    tables = MetaData()
    before = rows(database_url, tables)
    assert all(before.values()), "a table of the release is empty, so nothing is shown of it"

    upgrade_database(database_url)
    upgrade_database(
        database_url, location="vestibule:ready_site/migrations", version_table="ready_site_version"
    )
    assert revisions(database_url).fits
    versions = {name: found for name, found in before.items() if name.endswith("_version")}
    assert rows(database_url, tables) | versions == before

    with site_on(database_url, tmp_path / "instance", kept["key"]) as app:
        ann, bob = (visitor(app, papers) for papers in kept["people"])
        ann.signs_in()
        assert ann.is_signed_in()
        bob.signs_in(with_backup_code=True)
        assert bob.is_signed_in()
        thief = visitor(app, kept["people"][0])
        thief.enters_password()
        assert not thief.is_signed_in()


def test_no_secret_of_people_is_readable_in_what_is_kept() -> None:
    for folder in FOLDER.iterdir():
        for kind, kept in json.loads((folder / "people.json").read_text()).items():
            text = (folder / f"{kind}.sql").read_text()
            for person in kept["people"]:
                for secret in (person["password"], person["secret"], *person["backup_codes"]):
                    assert secret not in text
            assert kept["key"] not in text
            assert SECRET_KEY not in text


def restore(url: str, text: str) -> None:
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        with closing(sqlite3.connect(str(address.database))) as connection:
            connection.executescript(text)
        return
    plain = address.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain) as connection:
        connection.execute(text.encode())


def rows(url: str, tables: MetaData) -> Rows:
    """All rows in the columns that the first call found."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        if not tables.tables:
            tables.reflect(connection)
        return {
            name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for name, table in tables.tables.items()
        }
