"""A database that cannot be asked says so in one way, and is asked again without a restart (P9)."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select, text

from tests.foundation.conftest import prepared
from tests.foundation.test_database import names
from tests.foundation.tickets import Ticket
from tests.support.postgres import PostgresServer
from vestibule.foundation import database as database_module
from vestibule.foundation.database import Database, Unavailable, claim, insert_new


def write_one(database: Database, name: str = "one") -> None:
    with database.write() as connection:
        insert_new(connection, Ticket, name=name)


@contextmanager
def somebody_writing(database: Database) -> Iterator[None]:
    """Another program holds the SQLite file's write lock."""
    other = sqlite3.connect(str(database.engine.url.database), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.close()


def test_an_sqlite_file_locked_for_too_long_is_unavailable_for_writing_only(
    sqlite_database: Database,
) -> None:
    with somebody_writing(sqlite_database):
        with pytest.raises(Unavailable) as told:
            write_one(sqlite_database)
        assert told.value.retry_after == 5
        assert names(sqlite_database) == []
    write_one(sqlite_database)
    assert names(sqlite_database) == ["one"]


def test_a_thread_that_waits_too_long_for_its_turn_gives_up(sqlite_database: Database) -> None:
    writing, enough = threading.Event(), threading.Event()

    def long_write() -> None:
        with sqlite_database.write() as connection:
            insert_new(connection, Ticket, name="long")
            writing.set()
            enough.wait()

    thread = threading.Thread(target=long_write)
    thread.start()
    writing.wait()
    with pytest.raises(Unavailable):
        write_one(sqlite_database)
    enough.set()
    thread.join()
    write_one(sqlite_database)
    assert names(sqlite_database) == ["long", "one"]


def test_a_full_disk_is_unavailable_and_leaves_nothing_half_done(
    sqlite_database: Database,
) -> None:
    def fill() -> None:
        with sqlite_database.write() as connection:
            insert_new(connection, Ticket, name="one")
            connection.exec_driver_sql("PRAGMA max_page_count = 1")  # no page more than there are
            for number in range(1000):
                insert_new(connection, Ticket, name=f"{number}", holder="x" * 1000)

    with pytest.raises(Unavailable):
        fill()
    sqlite_database.dispose()  # there is room again
    assert names(sqlite_database) == []
    write_one(sqlite_database)
    assert names(sqlite_database) == ["one"]


def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "site.db").write_bytes(b"not a database" * 1000)
    with pytest.raises(Unavailable):
        names(Database(f"sqlite:///{tmp_path}/site.db"))


def test_a_folder_that_is_missing_is_unavailable_until_it_is_there(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/volume/site.db")
    with pytest.raises(Unavailable), database.read():
        pass
    (tmp_path / "volume").mkdir()
    prepared(database)
    assert names(database) == []
    database.dispose()


def test_a_file_that_cannot_be_written_is_unavailable_for_writing(
    sqlite_database: Database,
) -> None:
    path = sqlite_database.engine.url.database
    read_only = Database(f"sqlite:///file:{path}?mode=ro&uri=true")
    with pytest.raises(Unavailable):
        write_one(read_only)
    assert names(read_only) == []
    read_only.dispose()


def test_a_standby_server_is_unavailable_for_writing(postgresql_database: Database) -> None:
    url = postgresql_database.engine.url
    options = {"options": "-c default_transaction_read_only=on"}
    standby = Database(url.update_query_dict(options))
    with pytest.raises(Unavailable):
        write_one(standby)
    assert names(standby) == []
    standby.dispose()


def test_a_row_that_somebody_holds_for_too_long_is_unavailable(
    postgresql_database: Database,
) -> None:
    write_one(postgresql_database)
    url = postgresql_database.engine.url
    impatient = Database(url.update_query_dict({"options": "-c lock_timeout=50"}))

    def take() -> None:
        with impatient.write() as connection:
            claim(connection, Ticket, [Ticket.name == "one"], holder="second")

    with postgresql_database.write() as connection:
        claim(connection, Ticket, [Ticket.name == "one"], holder="first")
        with pytest.raises(Unavailable):
            take()
    take()
    impatient.dispose()


def test_a_pool_that_is_used_up_is_unavailable(sqlite_url: str) -> None:
    database = prepared(Database(sqlite_url, pool_size=1, busy_timeout=0.05))
    with ExitStack() as held:
        for _ in range(3):  # one, and two for threads that serve no request
            held.enter_context(database.read())
        with pytest.raises(Unavailable):
            held.enter_context(database.read())
    assert names(database) == []
    database.dispose()


def test_a_restarted_server_is_used_again_at_once(
    postgres_server: PostgresServer, postgresql_database: Database
) -> None:
    with postgresql_database.read(), postgresql_database.read():
        pass  # several connections wait in the pool
    postgres_server.restart()
    assert names(postgresql_database) == []
    postgres_server.restart()
    write_one(postgresql_database)
    assert names(postgresql_database) == ["one"]


def test_a_stopped_server_is_unavailable_until_it_is_back(
    postgres_server: PostgresServer, postgresql_database: Database
) -> None:
    names(postgresql_database)
    postgres_server.stop()
    try:
        with pytest.raises(Unavailable):
            names(postgresql_database)
        with pytest.raises(Unavailable):
            write_one(postgresql_database)
    finally:
        postgres_server.start()
    write_one(postgresql_database)
    assert names(postgresql_database) == ["one"]


def test_a_connection_lost_in_the_middle_undoes_the_write(postgresql_database: Database) -> None:
    def lose_it() -> None:
        with postgresql_database.write() as connection:
            insert_new(connection, Ticket, name="half")
            connection.execute(select(text("pg_terminate_backend(pg_backend_pid())")))

    with pytest.raises(Unavailable):
        lose_it()
    assert names(postgresql_database) == []
    write_one(postgresql_database)
    assert names(postgresql_database) == ["one"]


@pytest.fixture
def unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server goes away right after we looked whether it is there."""
    monkeypatch.setattr(database_module, "_has_hung_up", lambda _connection: False)


@pytest.mark.usefixtures("unseen")
def test_a_server_lost_before_the_transaction_began_costs_no_write(
    postgres_server: PostgresServer, postgresql_database: Database
) -> None:
    names(postgresql_database)
    postgres_server.restart()
    write_one(postgresql_database)
    assert names(postgresql_database) == ["one"]


@pytest.mark.usefixtures("unseen")
def test_a_server_lost_before_a_read_costs_one_answer(
    postgres_server: PostgresServer, postgresql_database: Database
) -> None:
    with postgresql_database.read(), postgresql_database.read():
        pass
    postgres_server.restart()
    with pytest.raises(Unavailable):
        names(postgresql_database)
    assert names(postgresql_database) == []  # the other connection was not tried any more
