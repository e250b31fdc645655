"""A real pgbouncer in front of a PostgreSQL, set up as the docs say."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from tests.support.programs import needed
from tests.support.running_program import free_port

PAGE = Path(__file__).parents[2] / "docs" / "postgresql.md"

# Where it listens and whom it believes is of this machine; everything else is the page's.
OF_THIS_MACHINE = """
listen_port = {port}
auth_type = any
unix_socket_dir =
pidfile = {folder}/pid
default_pool_size = {size}
"""


@contextmanager
def pgbouncer_in_front(database: str, *, size: int, role: str) -> Iterator[str]:
    """Yields the address of the same database through it; all share ``size`` connections."""
    program, port = needed("pgbouncer"), free_port()
    behind = make_url(database)
    folder = Path(tempfile.mkdtemp(prefix="vestibule-pgbouncer-"))
    socket = str(behind.query["host"])
    owner = pwd.getpwuid(os.stat(socket).st_uid).pw_name  # who may go to the server's socket
    configuration = folder / "pgbouncer.ini"
    configuration.write_text(
        f"[databases]\nsite = host={socket} dbname={behind.database} user={role}\n"
        + settings_of_the_docs()
        + OF_THIS_MACHINE.format(port=port, folder=folder, size=size)
    )
    if os.geteuid() == 0:  # it refuses to run as root
        shutil.chown(folder, owner)
        configuration.write_text(f"{configuration.read_text()}user = {owner}\n")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([program, str(configuration)], stdout=log, stderr=log)
    url = f"postgresql://{role}@127.0.0.1:{port}/site"
    try:
        _wait_until_it_answers(url, folder / "log")
        yield url
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder)


def settings_of_the_docs() -> str:
    """The part of pgbouncer itself, without what :data:`OF_THIS_MACHINE` says."""
    found = re.search(r"^\[pgbouncer\]\n.*?(?=^```)", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    assert found
    ours = {line.partition(" =")[0] for line in OF_THIS_MACHINE.splitlines()} | {"auth_file"}
    lines = found[0].splitlines(keepends=True)
    return "".join(line for line in lines if line.partition(" =")[0] not in ours)


def roles_limits_of_the_docs(role: str) -> list[str]:
    return [
        line.replace("acme", role)
        for line in PAGE.read_text().splitlines()
        if line.startswith("ALTER ROLE")
    ]


def _wait_until_it_answers(url: str, log: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with suppress(psycopg.OperationalError), psycopg.connect(url):
            return
        time.sleep(0.05)
    raise RuntimeError(f"pgbouncer did not answer; it said:\n{log.read_text()}")
