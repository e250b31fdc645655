"""Fixtures of all tests: the real databases."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.compiled_once import compile_once
from tests.support.no_disk import wait_for_no_disk
from tests.support.postgres import PostgresServer

LONG = {"running", "journeys", "examples", "model", "faults"}
"""Folders whose files take long: begun first, so that no core waits for the last of them alone."""


def pytest_configure() -> None:
    compile_once()
    wait_for_no_disk()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: LONG.isdisjoint(item.path.parts))


def pytest_collection_finish() -> None:
    """Thousands of tests stay in memory, and looking through them takes a tenth of their time."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One server for each process that runs tests."""
    with PostgresServer.running() as server:
        yield server


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'test.db'}"


@pytest.fixture
def postgresql_url(postgres_server: PostgresServer) -> Iterator[str]:
    with postgres_server.empty_database() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty database of each kind that we support."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the tests of the promises counted, whichever worker ran them."""
    told = [
        (report.nodeid.rpartition("::")[2], report.user_properties)
        for report in terminalreporter.getreports("passed")
        if report.when == "call" and report.user_properties
    ]
    if told:
        terminalreporter.section("figures of the promises")
    for name, properties in told:
        figures = ", ".join(f"{what}: {number}" for what, number in properties)
        terminalreporter.line(f"{name}: {figures}")
