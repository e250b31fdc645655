"""Real sites of two workers with four threads each, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tests.promises.running.used_again import UsedAgain, uses_a_code_again
from tests.support.person import Person
from tests.support.postgres import PostgresServer
from tests.support.races import at_once
from tests.support.running_site import RunningSite

FIFTY = 50

Figure = Callable[[str, object], None]


@pytest.fixture(scope="session")
def sites(
    tmp_path_factory: pytest.TempPathFactory, postgres_server: PostgresServer
) -> Iterator[dict[str, RunningSite]]:
    """One on each database; everybody must have a second step there."""
    folder = tmp_path_factory.mktemp("promises")
    with postgres_server.empty_database() as database:
        sqlite = RunningSite(folder / "on-sqlite")
        postgresql = RunningSite(folder / "on-postgresql", database=database)
        try:
            at_once([sqlite.start, postgresql.start])
            yield {"sqlite": sqlite, "postgresql": postgresql}
        finally:
            at_once([sqlite.stop, postgresql.stop])


@pytest.fixture(scope="session")
def used_again(sites: dict[str, RunningSite]) -> Iterator[dict[str, Future[UsedAgain]]]:
    """Codes that are used as the stories begin, and again in the next step of the clock.

    That takes up to half a minute, in which the other stories are told.
    """
    with ThreadPoolExecutor(len(sites)) as pool:
        yield {kind: pool.submit(uses_a_code_again, site) for kind, site in sites.items()}


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def site(
    request: pytest.FixtureRequest,
    sites: dict[str, RunningSite],
    used_again: dict[str, Future[UsedAgain]],
) -> RunningSite:
    running: RunningSite = sites[request.param]
    return running


@pytest.fixture(scope="session")
def optional_site(site: RunningSite) -> Iterator[RunningSite]:
    """Another node on the same data, where a second step is optional."""
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
