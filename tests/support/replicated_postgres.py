"""A PostgreSQL primary and its synchronous standby, both real, from the system's packages."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import psycopg

from tests.support.programs import needed, needed_of_postgresql
from tests.support.races import wait_for
from tests.support.running_program import free_port

HOST = "127.0.0.1"
SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
fsync = off                        # processes are killed here, the machine is not
synchronous_commit = on
wal_keep_size = 256MB
wal_receiver_status_interval = 1s
wal_retrieve_retry_interval = 200ms
"""


class Node:
    """One server; it is started with ``start()`` and may be killed like any process."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name, self.port = name, free_port()
        self.data, self.log = folder / name, folder / f"{name}.log"

    @property
    def url(self) -> str:
        return f"postgresql://postgres@{HOST}:{self.port}/postgres"

    def start(self) -> None:
        _run("pg_ctl", "-w", "-D", self.data, "-l", self.log, "-o", f"-p {self.port}", "start")

    def stop(self) -> None:
        if (self.data / "postmaster.pid").exists():
            _run("pg_ctl", "-w", "-D", self.data, "-m", "immediate", "stop")

    def kill(self) -> None:
        """``kill -9`` for all of it, as where the machine is gone."""
        postmaster = psutil.Process(int((self.data / "postmaster.pid").read_text().split()[0]))
        victims = [postmaster, *postmaster.children(recursive=True)]
        for victim in victims:
            with suppress(psutil.NoSuchProcess):  # without its postmaster it ends by itself
                victim.kill()
        psutil.wait_procs(victims)
        (self.data / "postmaster.pid").unlink()

    def promote(self) -> None:
        _run("pg_ctl", "-w", "-D", self.data, "promote")

    def ask(self, statement: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.url, autocommit=True) as connection:
            answer = connection.execute(statement.encode())
            return answer.fetchall() if answer.description else []


class ReplicatedPostgres:
    """What the primary answered the standby has on its disk."""

    def __init__(self, folder: Path) -> None:
        self.primary, self.standby = Node(folder, "primary"), Node(folder, "standby")

    @classmethod
    @contextmanager
    def running(cls) -> Iterator[ReplicatedPostgres]:
        # Another user's, who cannot enter the folders of a test.
        folder = Path(tempfile.mkdtemp(prefix="vestibule-replicated-"))
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        pair = cls(folder)
        try:
            pair._begin()
            yield pair
        finally:
            for node in (pair.primary, pair.standby):
                node.stop()
            shutil.rmtree(folder)

    @property
    def url(self) -> str:
        """Of both, as libpq writes it."""
        hosts = f"{HOST}:{self.primary.port},{HOST}:{self.standby.port}"
        return f"postgresql://postgres@{hosts}/postgres?target_session_attrs=read-write"

    def wait_until_in_step(self) -> None:
        """Until the standby follows, and a COMMIT waits for it."""
        wait_for(
            lambda: self.primary.ask("SELECT 1 FROM pg_stat_replication WHERE sync_state='sync'")
        )

    def go_on_without_a_standby(self) -> None:
        """What an operator does when the standby will not be back soon."""
        self.primary.ask("ALTER SYSTEM SET synchronous_standby_names TO ''")
        self.primary.ask("SELECT pg_reload_conf()")

    def take_over(self) -> None:
        """Promote the standby; it is the primary from now on, and has none of its own yet."""
        self.standby.promote()
        self.primary, self.standby = self.standby, self.primary

    def renew_standby(self) -> None:
        """Copy the primary once more, and let every COMMIT wait for the copy."""
        if self.standby.data.exists():
            shutil.rmtree(self.standby.data)
        follows = f"host={HOST} port={self.primary.port} user=postgres application_name=standby"
        copy = ("pg_basebackup", "-D", self.standby.data, "-R", "-d", follows, "--no-sync")
        _run(*copy, "--checkpoint=fast")
        self.standby.start()
        self.primary.ask("ALTER SYSTEM SET synchronous_standby_names TO 'standby'")
        self.primary.ask("SELECT pg_reload_conf()")
        self.wait_until_in_step()

    def _begin(self) -> None:
        _run("initdb", "-D", self.primary.data, "-A", "trust", "-U", "postgres", "--no-sync")
        with (self.primary.data / "postgresql.conf").open("a") as settings:
            settings.write(SETTINGS)
        self.primary.start()
        self.renew_standby()


def _run(program: str, *arguments: str | Path) -> None:
    """As the user of Debian's package where this one is root, whom PostgreSQL refuses."""
    become = [needed("runuser"), "-u", "postgres", "--"] if os.geteuid() == 0 else []
    ended = subprocess.run(
        [*become, needed_of_postgresql(program), *arguments],
        # A server that goes on keeps what it was given: a pipe would never end.
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        check=False,
    )
    if ended.returncode:
        raise RuntimeError(f"{program} ended with {ended.returncode}: {arguments}")
