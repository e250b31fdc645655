"""``make bench-growth``: whether anything costs more in a big site than in a small one.

Two sites on one PostgreSQL (or on two SQLite files): the small one, and one with so many more
accounts and events. Pages and sign-ins are measured in turns, one site after the other, and the
cheapest turn counts: what else the machine does only adds. Every figure is the big site's divided
by the small one's. The CPU of PostgreSQL is counted with that of the site.

The events are copied into the database, so their signatures are missing; nothing that is measured
here looks at signatures.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil
from sqlalchemy import Engine, create_engine, text

from benchmarks.client import Client, SignInFailed, signed_in, whole_sign_in
from benchmarks.many_events import fill_events, make_administrator, seal_log
from benchmarks.many_rows import fill_rows
from benchmarks.servers import DemoUser, Server, demo_users, site
from tests.support.postgres import PostgresServer
from vestibule.cli.moving_place import Place
from vestibule.cli.site_place import open_site
from vestibule.foundation.services import Services
from vestibule.host.purging import purge

PEOPLE = 130
"""Whose passwords and authenticators are kept, so that they can sign in."""
TURNS = 3


@dataclass(frozen=True)
class Size:
    accounts: int
    events: int


@dataclass(frozen=True)
class Sample:
    """What one turn cost: CPU seconds and the median time of a request."""

    cpu: float
    time: float


class MeasuredSite:
    def __init__(
        self,
        server: Server,
        users: list[DemoUser],
        database: psutil.Process | None,
        services: Services,
    ) -> None:
        self._server, self._database, self._services = server, database, services
        self._users = iter(users)
        self._purged = 0.0
        self.browser = Client(server.port)
        self.administrator = next(self._users)

    def cpu_seconds(self) -> float:
        """Of the site, of the database, and of purging here."""
        spent = self._server.cpu_seconds() + self._purged
        if self._database:
            for one in (self._database, *self._database.children(recursive=True)):
                try:
                    times = one.cpu_times()
                except psutil.NoSuchProcess:
                    continue
                spent += times.user + times.system
        return spent

    def opens(self, path: str) -> None:
        answer = self.browser.get(path)
        if answer.status != 200:
            raise SignInFailed(f"{path} answered {answer.status}")

    def somebody_signs_in(self) -> None:
        whole_sign_in(Client(self._server.port), next(self._users))

    def purges(self) -> None:
        """As a running site does every ten minutes; nothing is over."""
        before = time.process_time()
        purge(self._services)
        self._purged += time.process_time() - before

    def sample(self, act: Callable[[], None], times: int) -> Sample:
        taken = []
        before = self.cpu_seconds()
        for _ in range(times):
            begun = time.perf_counter()
            act()
            taken.append(time.perf_counter() - begun)
        return Sample((self.cpu_seconds() - before) / times, statistics.median(taken))


def main() -> None:
    options = _arguments()
    sizes = [Size(options.small, options.small * 10), Size(options.accounts, options.events)]
    with (
        tempfile.TemporaryDirectory(prefix="vestibule-bench-") as folder,
        _databases(sqlite=options.sqlite) as (urls, process),
    ):
        places = (Path(folder) / name for name in ("small", "big"))
        sites = [_made(next(places), next(urls), size) for size in sizes]
        print(f"{'ratios, big / small':34}{'CPU':>9}{'time':>9}")
        with _served(sites[0], process) as small, _served(sites[1], process) as big:
            for name, times, act in _acts():
                _print(name, _measured(small, big, act, times))


def _acts() -> Iterator[tuple[str, int, Callable[["MeasuredSite"], None]]]:
    pages = {
        "dashboard (the session check)": "/dashboard",
        "activity of one's own": "/security/activity",
        "administration: overview": "/admin",
        "administration: accounts": "/admin/accounts",
        "administration: search": "/admin/accounts?q=demo-",
        "administration: who is disabled": "/admin/accounts?only=disabled",
        "administration: audit": "/admin/audit",
        "administration: audit, one kind": "/admin/audit?kind=second_step.failed",
        "administration: audit, refused": "/admin/audit?result=refused",
    }
    yield "a whole sign-in", 40, MeasuredSite.somebody_signs_in
    yield "a purge that finds nothing", 10, MeasuredSite.purges
    for name, path in pages.items():
        yield name, 60, partial(_open, path=path)


def _open(measured: MeasuredSite, path: str) -> None:
    measured.opens(path)


def _measured(
    small: MeasuredSite, big: MeasuredSite, act: Callable[[MeasuredSite], None], times: int
) -> tuple[Sample, Sample]:
    taken: dict[MeasuredSite, list[Sample]] = {small: [], big: []}
    for _ in range(TURNS):
        for one in (small, big):
            taken[one].append(one.sample(partial(act, one), times))
    return _cheapest(taken[small]), _cheapest(taken[big])


def _cheapest(samples: list[Sample]) -> Sample:
    return Sample(min(one.cpu for one in samples), min(one.time for one in samples))


def _print(name: str, found: tuple[Sample, Sample]) -> None:
    small, big = found
    print(
        f"  {name:32}{big.cpu / small.cpu:9.2f}{big.time / small.time:9.2f}"
        f"   ({small.cpu * 1000:.1f} to {big.cpu * 1000:.1f} ms CPU)",
        flush=True,
    )


@dataclass(frozen=True)
class Made:
    place: Path
    database: str
    users: list[DemoUser]


def _made(place: Path, database: str, size: Size) -> Made:
    begun = time.perf_counter()
    place.mkdir()
    users = demo_users(place, size.accounts, database, keep=PEOPLE)
    url = database or f"sqlite:///{place / 'instance' / 'vestibule.db'}"
    with _opened(place, database) as opened:
        seal_log(opened.services)
    engine = create_engine(url)
    make_administrator(engine, users[0].login)
    fill_rows(engine)
    of_accounts = _bytes(engine)
    fill_events(engine, size.events)
    of_events = _bytes(engine) - of_accounts
    engine.dispose()
    print(
        f"{size}: made in {time.perf_counter() - begun:.0f} s;"
        f" {of_accounts / size.accounts / 1000:.1f} kB an account,"
        f" {of_events / size.events / 1000:.2f} kB an event, indexes included",
        flush=True,
    )
    return Made(place, database, users)


def _opened(place: Path, database: str) -> AbstractContextManager[Place]:
    return open_site(instance=str(place / "instance"), database=database or None)


def _bytes(engine: Engine) -> int:
    if engine.dialect.name == "sqlite":
        return Path(str(engine.url.database)).stat().st_size
    with engine.connect() as connection:
        size = text("SELECT pg_database_size(current_database())")
        return int(connection.execute(size).scalar_one())


@contextmanager
def _served(made: Made, process: psutil.Process | None) -> Iterator[MeasuredSite]:
    with (
        site(made.place, made.database, workers=2, threads=4) as server,
        _opened(made.place, made.database) as opened,
    ):
        measured = MeasuredSite(server, made.users, process, opened.services)
        signed_in(measured.browser, measured.administrator)
        yield measured


@contextmanager
def _databases(*, sqlite: bool) -> Iterator[tuple[Iterator[str], psutil.Process | None]]:
    if sqlite:
        yield iter(["", ""]), None
        return
    with (
        PostgresServer.running() as server,
        server.empty_database() as small,
        server.empty_database() as big,
    ):
        yield iter([small, big]), psutil.Process(server.process_id)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench-growth ARGS=...", description=__doc__)
    parser.add_argument("--small", type=int, default=1_000, help="accounts of the small site")
    parser.add_argument("--accounts", type=int, default=1_000_000, help="accounts of the big site")
    parser.add_argument("--events", type=int, default=10_000_000, help="events of the big site")
    parser.add_argument("--sqlite", action="store_true", help="on SQLite instead of PostgreSQL")
    return parser.parse_args()


if __name__ == "__main__":
    main()
