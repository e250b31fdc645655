"""Two nodes on one PostgreSQL, whose network can be made bad, and people who come to both."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import pytest
from sqlalchemy import make_url

from tests.support.demo_people import fill_with_people, people_of
from tests.support.ledger import Ledger
from tests.support.person import Person
from tests.support.postgres import PostgresServer
from tests.support.races import at_once
from tests.support.rows_afterwards import Rows
from tests.support.running_site import RunningSite
from tests.support.small_disk import SmallDisk
from tests.support.tcp_proxy import TcpProxy
from tests.support.under_load import ComingAndGoing

PEOPLE = 24
BETWEEN = 4  # sign-ins from one fault to the next: the site is back, and busy

DISK = 200  # MB
WAL = "max_wal_size = 64MB\nmin_wal_size = 32MB\n"  # else it fills that disk by itself

Figure = Callable[[str, object], None]


@dataclass
class Town:
    """``with town.busy() as load:`` people come and go; then ``town.is_in_order()``."""

    server: PostgresServer
    proxy: TcpProxy
    database: str
    """Through the proxy, as the nodes have it."""
    direct: str
    nodes: list[RunningSite]
    people: list[Person]
    ledger: Ledger = field(default_factory=Ledger)
    disk: SmallDisk | None = None
    """Where the server keeps its data; none without the right to make one."""
    longest_return: float = 0.0

    @contextmanager
    def busy(self, *others: RunningSite) -> Iterator[ComingAndGoing]:
        """They come to the two nodes, and to others on the same data."""
        self.ledger.answers.clear()
        self.longest_return = 0.0
        addresses = [node.url for node in (*self.nodes, *others)]
        with ComingAndGoing(
            self.people, addresses=addresses, newcomers=12, ledger=self.ledger
        ) as load:
            load.comes_so_far(BETWEEN)
            yield load

    def is_back(self, load: ComingAndGoing, *, since: float | None = None) -> None:
        """Nobody brought it back but itself."""
        moment = since or time.monotonic()
        load.comes_so_far(BETWEEN)
        back = self.ledger.back_after(moment)
        self.longest_return = max(self.longest_return, back)

    def is_in_order(self, *cut: int | str) -> None:
        """All was answered with a page or with "not now"; the tables hold what was answered, and
        nothing else."""
        assert self.ledger.unkind(*cut) == {}
        assert Rows(self.nodes[0]).wrong(self.ledger) == {}
        for node in self.nodes:
            assert "Traceback" not in node.said()

    def tells(self, figure: Figure) -> None:
        figure("answers", self.ledger.statuses)
        figure("longest answer", f"{self.ledger.longest():.1f} s")
        figure("time to return", f"{self.longest_return:.1f} s")


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("faults")
    with ExitStack() as stack:
        try:
            disk = stack.enter_context(SmallDisk.mounted(DISK))
        except OSError:
            disk = None
        data = disk.path / "postgresql" if disk else None
        if data:
            data.mkdir()
        server = stack.enter_context(PostgresServer.running(data, WAL))
        direct = stack.enter_context(server.empty_database())
        proxy = stack.enter_context(TcpProxy.running(server.socket))
        through = f"postgresql://postgres@127.0.0.1:{proxy.port}/{make_url(direct).database}"
        papers = fill_with_people(folder / "instance", people=PEOPLE, database=through)
        nodes = [
            RunningSite(folder / "instance", database=through, workers=2, threads=4)
            for _ in range(2)
        ]
        for node in nodes:
            node.log = folder / f"node-{node.port}.log"
            node.database_url = direct
        try:
            at_once([node.start for node in nodes])
            yield Town(
                server, proxy, through, direct, nodes, people_of(nodes[0], papers), disk=disk
            )
        finally:
            at_once([node.stop for node in nodes])


@pytest.fixture
def figure(record_property: Figure) -> Figure:
    """``figure("kills", 5)``: what was counted; the run prints all at its end."""
    return record_property
