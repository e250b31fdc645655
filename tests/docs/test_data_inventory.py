"""The inventory of data names everything that is kept."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine, inspect

from tests.docs.reading import blocks, first_cells, page
from vestibule import upgrade_database
from vestibule.ready_site.instance import OUTBOX
from vestibule.ready_site.key_file import KEY_FILE
from vestibule.settings import Settings

DATA = "docs/data.md"


@pytest.fixture
def engine(sqlite_url: str) -> Iterator[Engine]:
    """The tables as the migrations of both make them."""
    upgrade_database(sqlite_url)
    upgrade_database(
        sqlite_url,
        location="vestibule:ready_site/migrations",
        version_table="ready_site_version",
    )
    engine = create_engine(sqlite_url)
    yield engine
    engine.dispose()


@pytest.mark.requirement("CFG-5")
def test_every_table_is_in_the_inventory(engine: Engine) -> None:
    tables = page(DATA).read_text().partition("## Files")[0]
    named = re.findall(r"^\| `(\w+)` \|", tables, re.MULTILINE)
    assert sorted(named) == sorted(inspect(engine).get_table_names())


@pytest.mark.requirement("CFG-5")
def test_every_cookie_and_file_with_a_secret_is_in_the_inventory() -> None:
    named = first_cells(page(DATA))
    for settings in (Settings(), Settings(base_url="https://example.org")):
        assert settings.session_cookie in named
        assert settings.pending_cookie in named
        assert settings.remember_cookie in named
    assert {KEY_FILE, OUTBOX} <= named


@pytest.mark.requirement("CFG-5")
def test_every_row_says_how_it_is_protected_and_when_it_goes() -> None:
    text = page(DATA).read_text()
    rows = re.findall(r"^\| `[^`]+` \|(.*)\|$", text.partition("## Files")[0], re.MULTILINE)
    assert len(rows) > 8
    for row in rows:
        assert all(cell.strip() for cell in row.split("|")), row


def test_the_pages_sql_runs(engine: Engine) -> None:
    # What is PostgreSQL's alone is run there.
    found = [one for one in blocks("sql") if one.page.name != "postgresql.md"]
    assert found
    with engine.begin() as connection:
        for block in found:
            for statement in block.text.split(";"):
                if statement.strip():
                    connection.exec_driver_sql(statement)
