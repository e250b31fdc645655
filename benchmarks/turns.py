"""What each costs, measured in turns: one after the other, and all of them again.

Ratios are made within a turn, of what was measured within seconds, and their median counts: a
machine that is slower for a while is slower for both.
"""

import statistics
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.client import Client, SignInFailed, refuses_a_wrong_code, signed_in, whole_sign_in
from benchmarks.contenders import WAYS, Size, serving
from benchmarks.database import Database
from benchmarks.servers import DemoUser, Server, a_host, argon2_seconds, hello
from benchmarks.sign_in import enters_host, measure

WARM_UP = 40
CLIENTS = 4
SIGN_IN, PAGE = "sign-in", "page"
WITH, WITHOUT, HELLO, HASH = "a host with Vestibule", "a host without", "hello", "argon2id"


@dataclass(frozen=True)
class Effort:
    """How much is measured."""

    turns: int = 5
    sign_ins: int = 40
    pages: int = 600
    size: Size = field(default_factory=Size)
    names: tuple[str, ...] = tuple(WAYS)

    @property
    def people(self) -> int:
        return WARM_UP + self.turns * self.sign_ins + 2

    @property
    def databases(self) -> int:
        return len(self.names) + 2


@dataclass
class Found:
    """CPU seconds of each turn by (what, who), those of the database apart; bytes by who."""

    server: dict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    database: dict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    memory: dict[str, float] = field(default_factory=dict)

    def ratio(
        self, of: tuple[str, str], by: tuple[str, str], *, with_database: bool = False
    ) -> float | None:
        """The median over the turns of one divided by the other."""
        if of not in self.server or by not in self.server:
            return None
        over = self.server[of]
        if with_database:
            over = [sum(both) for both in zip(over, self.database[of], strict=True)]
        return statistics.median(a / b for a, b in zip(over, self.server[by], strict=True))


@dataclass(frozen=True)
class _Site:
    name: str
    server: Server
    browser: Client
    """Somebody is signed in with it."""
    page: str = "/dashboard"
    users: Iterator[DemoUser] = field(default_factory=lambda: iter(()))


def measured(place: Path, database: Database, effort: Effort) -> Found:
    """Everything on one kind of database."""
    place.mkdir()
    found = Found()
    with ExitStack() as stack:
        sites = [
            stack.enter_context(_contender(name, place, database, effort)) for name in effort.names
        ]
        others = [stack.enter_context(_hello(effort.size))]
        others += [
            stack.enter_context(_host(name, place, database, effort.size))
            for name in (WITH, WITHOUT)
        ]
        for one in (*sites, *others):
            _pages(one, effort.pages // 4)
        for _ in range(effort.turns):
            found.server[SIGN_IN, HASH].append(argon2_seconds())
            for one in sites:
                with _counted(found, SIGN_IN, one, database, effort.sign_ins):
                    _sign_ins(one, effort.sign_ins)
            for one in (*sites, *others):
                with _counted(found, PAGE, one, database, effort.pages):
                    _pages(one, effort.pages)
        found.memory = {one.name: one.server.worker_memory() for one in (*sites, *others)}
    return found


@contextmanager
def _counted(found: Found, what: str, one: _Site, database: Database, count: int) -> Iterator[None]:
    server, behind = one.server.cpu_seconds(), database.cpu_seconds()
    yield
    found.server[what, one.name].append((one.server.cpu_seconds() - server) / count)
    found.database[what, one.name].append((database.cpu_seconds() - behind) / count)


@contextmanager
def _contender(name: str, place: Path, database: Database, effort: Effort) -> Iterator[_Site]:
    way, folder = WAYS[name], place / name
    with serving(name, folder, next(database.urls), effort.people, effort.size) as (server, users):
        everyone = iter(users)
        # Only a real sign-in is worth measuring.
        refuses_a_wrong_code(Client(server.port), next(everyone), way)
        browser = Client(server.port)
        signed_in(browser, next(everyone), way)
        one = _Site(name, server, browser, users=everyone)
        _sign_ins(one, WARM_UP)
        yield one


@contextmanager
def _hello(size: Size) -> Iterator[_Site]:
    with hello(size.workers, size.threads) as server:
        yield _Site(HELLO, server, Client(server.port), "/")


@contextmanager
def _host(name: str, place: Path, database: Database, size: Size) -> Iterator[_Site]:
    url = next(database.urls)
    with a_host(place, size.workers, size.threads, with_us=name == WITH, database=url) as server:
        browser = Client(server.port)
        enters_host(browser)
        yield _Site(name, server, browser)


def _sign_ins(one: _Site, count: int) -> None:
    def sign_in(server: Server, user: DemoUser) -> None:
        whole_sign_in(Client(server.port), user, WAYS[one.name])

    measure(one.server, one.users, count, CLIENTS, sign_in)


def _pages(one: _Site, count: int) -> None:
    for _ in range(count):
        if one.browser.get(one.page).status != 200:
            raise SignInFailed(f"{one.name}: {one.page} did not answer 200")
