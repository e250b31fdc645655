"""A site with a million accounts costs what one with a thousand does: nothing looks through a
table, and nothing of a sign-in needs the rows of two accounts.

`make bench-growth` measures it; here the databases are asked how they would go about it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, event

from tests.support.quick_site import QuickSite
from tests.support.visitor import Visitor

SMALL = ("vestibule_event_seal", "vestibule_event_sealer", "vestibule_version")
"""Tables that do not grow with accounts."""

Asked = tuple[str, Any]


@pytest.fixture
def site(tmp_path: Path, database_url: str) -> Iterator[QuickSite]:
    site = QuickSite(tmp_path / "instance", database=database_url)
    yield site
    site.closes()


@contextmanager
def heard(site: QuickSite) -> Iterator[list[Asked]]:
    """Every statement meanwhile, with what it was given."""
    asked: list[Asked] = []

    def hear(_connection: Any, _cursor: Any, statement: str, given: Any, *_: Any) -> None:
        if statement.startswith(("SELECT", "INSERT", "UPDATE", "DELETE")):
            asked.append((statement, given))

    for engine in site.engines:
        event.listen(engine, "before_cursor_execute", hear)
    yield asked
    for engine in site.engines:
        event.remove(engine, "before_cursor_execute", hear)


def looked_through(site: QuickSite, asked: list[Asked]) -> list[str]:
    """The statements for which the database would read a whole table or a whole index."""
    # One of its own: what it says here must not stay with a connection that goes back.
    engine = create_engine(site.engines[0].url, isolation_level="AUTOCOMMIT")
    plans = _sqlite_plans if engine.dialect.name == "sqlite" else _postgresql_plans
    try:
        return [
            f"{statement}\n{line}"
            for statement, line in plans(engine, asked)
            if not any(name in line for name in SMALL)
        ]
    finally:
        engine.dispose()


def _sqlite_plans(engine: Engine, asked: list[Asked]) -> Iterator[tuple[str, str]]:
    with engine.connect() as connection:
        for statement, given in asked:
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given)
            for row in rows:
                if row.detail.startswith("SCAN") and "CONSTANT ROW" not in row.detail:
                    yield statement, row.detail


def _postgresql_plans(engine: Engine, asked: list[Asked]) -> Iterator[tuple[str, str]]:
    with engine.connect() as connection:
        # A small table is looked through because it is small. What is left then has no index.
        connection.exec_driver_sql("SET enable_seqscan = off")
        for statement, given in asked:
            for (line,) in connection.exec_driver_sql(f"EXPLAIN {statement}", given):
                if "Seq Scan" in line:
                    yield statement, line


def somebody(site: QuickSite, name: str = "ann") -> Visitor:
    person = site.visitor(name, address="192.0.2.1")
    papers = person.papers
    page = person.fills_in("/register", username=name, email=papers.email, password=papers.password)
    person.sets_up(page=page)
    assert person.is_signed_in()
    return person


def test_a_sign_in_looks_through_no_table(site: QuickSite) -> None:
    ann = somebody(site).in_another_browser()
    with heard(site) as asked:
        ann.enters_password("not the password of ann")
        ann.enters_password()
        ann.enters_code(ann.wrong_code())
        ann.enters_code()
        assert ann.is_signed_in()
        ann.signs_out()
    assert len(asked) > 20
    assert looked_through(site, asked) == []


def test_the_pages_of_an_account_look_through_no_table(site: QuickSite) -> None:
    ann = somebody(site)
    pages = ("", "/sessions", "/browsers", "/activity", "/authenticators", "/notices")
    with heard(site) as asked:
        for page in pages:
            assert ann.opens(f"/security{page}").status in (200, 404)
    assert looked_through(site, asked) == []
