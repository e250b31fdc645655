"""Programs that fork in the middle of their work: ``python -m tests.foundation.forking NAME URL``.

Programs of their own, because a test runner has threads that a fork would cut off.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, select, text

from tests.foundation.tickets import Ticket
from vestibule.foundation.database import Database, insert_new

LOCKS = Path("/proc/locks")  # the kernel's list, where there is one


def insert(database: Database, name: str) -> None:
    with database.write() as connection:
        insert_new(connection, Ticket, name=name)


def in_a_child(work: Callable[[], None]) -> None:
    child = os.fork()
    if child == 0:
        work()
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def assert_there_are(database: Database, *names: str) -> None:
    with database.read() as connection:
        assert sorted(connection.scalars(select(Ticket.name))) == sorted(names)


def has_a_connection_of_its_own(connection: Connection, parents: int | None) -> bool:
    if connection.dialect.name == "postgresql":
        return connection.scalar(text("SELECT pg_backend_pid()")) != parents
    return not LOCKS.exists() or str(os.getpid()) in LOCKS.read_text().split()


def idle(database: Database) -> None:
    """The parent has an idle connection, as a server that loads the application first."""
    insert(database, "parent before")
    with database.read() as connection:
        is_server = connection.dialect.name == "postgresql"
        parents = connection.scalar(text("SELECT pg_backend_pid()")) if is_server else None

    def work() -> None:
        insert(database, "child")
        with database.read() as connection:
            connection.execute(select(Ticket.name)).all()
            assert has_a_connection_of_its_own(connection, parents)

    in_a_child(work)
    insert(database, "parent after")
    assert_there_are(database, "parent before", "child", "parent after")


def writing(database: Database) -> None:
    """A thread of the parent is in the middle of a write."""
    started, go_on = threading.Event(), threading.Event()

    def write_across_the_fork() -> None:
        with database.write() as connection:
            insert_new(connection, Ticket, name="parent's thread")
            started.set()
            go_on.wait()

    thread = threading.Thread(target=write_across_the_fork)
    thread.start()
    started.wait()

    def work() -> None:
        if database.dialect == "postgresql":
            insert(database, "child")
            return
        for _ in range(2):
            with pytest.raises(RuntimeError, match="forked"):
                insert(database, "child")

    try:
        in_a_child(work)
    finally:
        go_on.set()
        thread.join()
    insert(database, "parent after")
    child = ("child",) if database.dialect == "postgresql" else ()
    assert_there_are(database, "parent's thread", "parent after", *child)


if __name__ == "__main__":
    {"idle": idle, "writing": writing}[sys.argv[1]](Database(sys.argv[2]))
