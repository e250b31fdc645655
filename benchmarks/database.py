"""Empty databases of one kind, and what the database itself costs."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import repeat

import psutil

from tests.support.postgres import PostgresServer

SQLITE, POSTGRESQL = "SQLite", "PostgreSQL"


@dataclass(frozen=True)
class Database:
    """``urls`` are of empty databases; an empty one means a SQLite file."""

    kind: str
    urls: Iterator[str]
    process: psutil.Process | None = None

    def cpu_seconds(self) -> float:
        """Of the database's own processes so far; SQLite works inside the site's."""
        if self.process is None:
            return 0.0
        times = self.process.cpu_times()
        # Connections that ended are counted with the first process.
        spent = times.user + times.system + times.children_user + times.children_system
        for one in self.process.children(recursive=True):
            try:
                times = one.cpu_times()
            except psutil.NoSuchProcess:
                continue
            spent += times.user + times.system
        return float(spent)


@contextmanager
def database(kind: str, count: int) -> Iterator[Database]:
    """``count`` empty databases of this kind."""
    if kind == SQLITE:
        yield Database(kind, repeat(""))
        return
    with PostgresServer.running() as server, ExitStack() as stack:
        urls = [stack.enter_context(server.empty_database()) for _ in range(count)]
        yield Database(kind, iter(urls), psutil.Process(server.process_id))
