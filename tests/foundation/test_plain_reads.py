"""A plain read gives what SQLAlchemy gives, and fails as SQLAlchemy fails."""

from __future__ import annotations

import signal
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Boolean, bindparam, cast, event, func, literal_column, select
from sqlalchemy.exc import DBAPIError, ProgrammingError

from tests.foundation.tickets import Ticket
from vestibule.foundation.database import Database, Unavailable, insert_new
from vestibule.foundation.plain_reads import PlainRead

NOW = datetime(2027, 1, 31, 12, 30, 15, 123456, tzinfo=UTC)
TICKET = select(
    Ticket.name,
    Ticket.holder,
    Ticket.used_at,
    cast(literal_column("0"), Boolean).label("no"),
).where(Ticket.name == bindparam("name"), Ticket.holder != "nobody")


def sold(database: Database, name: str = "one", used_at: datetime | None = NOW) -> None:
    with database.write() as connection:
        insert_new(connection, Ticket, name=name, holder="ann", used_at=used_at)


def test_a_row_is_as_sqlalchemy_reads_it(database: Database) -> None:
    sold(database)
    sold(database, "two", None)
    plain = PlainRead(TICKET)
    for name in ("one", "two", "one"):
        with database.read() as connection:
            expected = connection.execute(TICKET, {"name": name}).one()
            found = plain.first(connection, name=name)
            assert found == tuple(expected)
            assert found is not None
            assert [type(one) for one in found] == [type(one) for one in expected]
    assert found[2].tzinfo is UTC


def test_no_row_is_none(database: Database) -> None:
    with database.read() as connection:
        assert PlainRead(TICKET).first(connection, name="none") is None


def test_a_value_is_a_value_and_no_sql(database: Database) -> None:
    sold(database)
    with database.read() as connection:
        for value in ("' OR '1'='1", "%(name)s", ":name", "one'--", "%"):
            assert PlainRead(TICKET).first(connection, name=value) is None


def test_one_read_serves_both_kinds_of_database(
    sqlite_database: Database, postgresql_database: Database
) -> None:
    plain = PlainRead(TICKET)
    for database in (sqlite_database, postgresql_database, sqlite_database):
        if plain._made.get(database.dialect) is None:
            sold(database)
        with database.read() as connection:
            assert plain.first(connection, name="one") == ("one", "ann", NOW, False)


def test_whoever_listens_to_statements_hears_of_it(database: Database) -> None:
    sold(database)
    plain, heard = PlainRead(TICKET), []

    def hear(*told: Any) -> None:
        heard.append(told[2])

    with database.read() as connection:
        quiet = plain.first(connection, name="one")
    event.listen(database.engine, "before_cursor_execute", hear)
    with database.read() as connection:
        assert plain.first(connection, name="one") == quiet
    event.remove(database.engine, "before_cursor_execute", hear)
    assert [one.split()[0] for one in heard] == ["SELECT"]


def test_it_sees_what_its_transaction_wrote(database: Database) -> None:
    plain = PlainRead(TICKET)
    with database.write() as connection:
        insert_new(connection, Ticket, name="one", holder="ann")
        assert plain.first(connection, name="one") is not None
        with database.read() as another:
            assert plain.first(another, name="one") is None


def test_a_mistake_is_an_error_of_sqlalchemys(database: Database) -> None:
    with database.write() as connection:
        Ticket.__table__.drop(connection)
    plain = PlainRead(TICKET)
    with database.read() as connection:
        with pytest.raises(DBAPIError) as told:
            plain.first(connection, name="secret")
        with pytest.raises(DBAPIError) as expected:
            connection.execute(TICKET, {"name": "secret"})
    assert type(told.value) is type(expected.value)
    assert "secret" not in str(told.value)
    assert not told.value.connection_invalidated


def test_a_mistake_is_not_taken_for_a_database_that_is_gone(postgresql_database: Database) -> None:
    with postgresql_database.write() as connection:
        Ticket.__table__.drop(connection)
    with pytest.raises(ProgrammingError), postgresql_database.read() as connection:
        PlainRead(TICKET).first(connection, name="one")


def test_a_file_that_is_none_is_unavailable(sqlite_database: Database) -> None:
    sold(sqlite_database)
    sqlite_database.dispose()
    file = Path(str(sqlite_database.engine.url.database))
    for beside in ("-wal", "-shm"):
        file.with_name(file.name + beside).unlink(missing_ok=True)
    file.write_bytes(b"no database at all, and long enough to be looked at as one" * 100)
    with pytest.raises(Unavailable), sqlite_database.read() as connection:
        PlainRead(TICKET).first(connection, name="one")


def test_a_lost_connection_is_unavailable_and_the_next_is_new(
    postgresql_database: Database,
) -> None:
    sold(postgresql_database)
    plain = PlainRead(TICKET)

    def cut_off() -> None:
        with postgresql_database.read() as connection:
            own = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
            with postgresql_database.read() as another:
                another.exec_driver_sql(f"SELECT pg_terminate_backend({own}, 5000)")
            plain.first(connection, name="one")

    with pytest.raises(Unavailable) as told:
        cut_off()
    assert isinstance(told.value.__cause__, DBAPIError)
    assert told.value.__cause__.connection_invalidated
    with postgresql_database.read() as connection:
        assert plain.first(connection, name="one") is not None


class Stopped(BaseException):
    """Not an error: the server wants this thread to end."""


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no such signals there")
def test_an_answer_that_nobody_waited_for_is_nobody_elses(postgresql_database: Database) -> None:
    sold(postgresql_database)
    slow = PlainRead(select(Ticket.name, func.pg_sleep(3)).where(Ticket.name == bindparam("name")))

    def stop(*_: object) -> None:
        raise Stopped

    before = signal.signal(signal.SIGALRM, stop)
    try:
        with postgresql_database.read() as connection:
            PlainRead(TICKET).first(connection, name="one")
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        with pytest.raises(Stopped), postgresql_database.read() as connection:
            slow.first(connection, name="one")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    with postgresql_database.read() as connection:
        assert PlainRead(TICKET).first(connection, name="one") == ("one", "ann", NOW, False)
