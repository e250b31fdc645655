"""Real sites of two workers with four threads each, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.person import Person
from tests.support.postgres import PostgresServer
from tests.support.running_site import RunningSite

FIFTY = 50

Figure = Callable[[str, object], None]


@pytest.fixture(scope="session")
def sqlite_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    with RunningSite(tmp_path_factory.mktemp("sqlite") / "instance") as running:
        yield running


@pytest.fixture(scope="session")
def postgresql_site(
    tmp_path_factory: pytest.TempPathFactory, postgres_server: PostgresServer
) -> Iterator[RunningSite]:
    folder: Path = tmp_path_factory.mktemp("postgresql")
    database = postgres_server.new_database()
    with RunningSite(folder / "instance", database=database) as running:
        yield running


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def site(request: pytest.FixtureRequest) -> RunningSite:
    """A site where everybody must have a second step."""
    running: RunningSite = request.getfixturevalue(f"{request.param}_site")
    return running


@pytest.fixture(scope="session")
def optional_site(site: RunningSite) -> Iterator[RunningSite]:
    """Another node on the same data, under the other policy."""
    with RunningSite(
        site.instance,
        database=site.database_url,
        workers=1,
        environment={"VESTIBULE_POLICY": "optional"},
    ) as running:
        yield running


@pytest.fixture(scope="session")
def crowd(site: RunningSite) -> list[Person]:
    """One person in fifty browsers, each with an address of its own."""
    person = site.member()
    return [person.in_another_browser() for _ in range(FIFTY)]


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Figure:
    """``figure("comparisons", 5)``: what was counted; the run prints all at its end."""
    return record_property


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    told = [
        (report.nodeid.rpartition("::")[2], report.user_properties)
        for report in terminalreporter.getreports("passed")
        if report.when == "call" and report.user_properties
    ]
    if told:
        terminalreporter.section("figures of the promises")
    for name, properties in told:
        terminalreporter.line(f"{name}: {', '.join(f'{what} {n}' for what, n in properties)}")
