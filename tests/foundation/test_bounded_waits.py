"""Nothing is waited for without end on PostgreSQL, and what it says of trouble is understood."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.exc import DBAPIError, OperationalError

from tests.foundation.test_database import names
from tests.foundation.test_database_trouble import write_one
from tests.foundation.tickets import Ticket
from vestibule import bound_waits
from vestibule.foundation import postgresql
from vestibule.foundation.database import Conflict, Database, Unavailable, insert_new

NOT_NOW = {
    "08000": "connection_exception",
    "08003": "connection_does_not_exist",
    "08006": "connection_failure",
    "08P01": "protocol_violation",
    "25006": "read_only_sql_transaction",
    "25P03": "idle_in_transaction_session_timeout",
    "40001": "serialization_failure",
    "40003": "statement_completion_unknown",
    "40P01": "deadlock_detected",
    "53000": "insufficient_resources",
    "53100": "disk_full",
    "53200": "out_of_memory",
    "53300": "too_many_connections",
    "53400": "configuration_limit_exceeded",
    "55P03": "lock_not_available",
    "57014": "query_canceled",
    "57P01": "admin_shutdown",
    "57P02": "crash_shutdown",
    "57P03": "cannot_connect_now",
    "58030": "io_error",
}
SOMEBODYS_MISTAKE = ["22001", "23502", "23505", "42501", "42703", "42P01", "0A000", "XX000"]


def raises(state: str) -> str:
    return f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{state}'; END $$"


def write_half(database: Database, statement: str) -> None:
    with database.write() as connection:
        insert_new(connection, Ticket, name="half")
        connection.exec_driver_sql(statement)


@pytest.mark.parametrize("state", NOT_NOW)
def test_what_means_not_now(postgresql_database: Database, state: str) -> None:
    with pytest.raises(Unavailable), postgresql_database.read() as connection:
        connection.exec_driver_sql(raises(state))
    with pytest.raises(Unavailable) as told:
        write_half(postgresql_database, raises(state))
    assert isinstance(told.value, Conflict) is (state in ("40001", "40P01"))
    assert names(postgresql_database) == []


@pytest.mark.parametrize("state", SOMEBODYS_MISTAKE)
def test_a_mistake_is_not_called_trouble(postgresql_database: Database, state: str) -> None:
    with pytest.raises(DBAPIError), postgresql_database.write() as connection:
        connection.exec_driver_sql(raises(state))


@pytest.fixture
def impatient(postgresql_database: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    monkeypatch.setattr(postgresql, "LONGEST_WAIT", 0.3)
    return postgresql_database


def test_a_server_that_says_nothing_is_not_waited_for(impatient: Database) -> None:
    with impatient.read() as connection:
        process = connection.scalar(select(text("pg_backend_pid()")))
    with stopped(process), pytest.raises(Unavailable):
        names(impatient)
    assert names(impatient) == []
    with impatient.read() as connection:
        assert connection.scalar(select(text("pg_backend_pid()"))) != process


def test_nor_is_one_that_stops_in_the_middle_of_a_write(impatient: Database) -> None:
    def write_half() -> None:
        with impatient.write() as connection:
            insert_new(connection, Ticket, name="half")
            process = connection.scalar(select(text("pg_backend_pid()")))
            with stopped(process):
                insert_new(connection, Ticket, name="whole")

    with pytest.raises(Unavailable):
        write_half()
    write_one(impatient)
    assert names(impatient) == ["one"]


@contextmanager
def stopped(process: int) -> Iterator[None]:
    os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process, signal.SIGCONT)


def test_a_commit_with_a_warning_is_no_answer(postgresql_database: Database) -> None:
    """What a COMMIT says that was cancelled while it waited for a standby."""
    with postgresql_database.write() as connection:
        connection.exec_driver_sql(
            "CREATE FUNCTION warn() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE WARNING 'canceling wait'; RETURN NULL; END $$"
        )
        connection.exec_driver_sql(
            "CREATE CONSTRAINT TRIGGER warn AFTER INSERT ON ticket DEFERRABLE INITIALLY DEFERRED"
            " FOR EACH ROW EXECUTE FUNCTION warn()"
        )
    with pytest.raises(Unavailable, match="canceling wait"):
        write_one(postgresql_database)
    assert names(postgresql_database) == ["one"]  # nobody knew
    hosts = create_engine(postgresql_database.engine.url)
    bound_waits(hosts)
    with pytest.raises(OperationalError), hosts.begin() as connection:
        insert_new(connection, Ticket, name="two")
    hosts.dispose()


def test_a_role_with_limits_of_its_own_keeps_them(postgresql_database: Database) -> None:
    url = postgresql_database.engine.url
    own = Database(url.update_query_dict({"options": "-c statement_timeout=2s"}))
    with own.read() as connection:
        assert connection.scalar(text("SHOW statement_timeout")) == "2s"
        assert connection.scalar(text("SHOW lock_timeout")) == "5s"
    own.dispose()


def test_no_commit_is_forgotten_by_a_crash(postgresql_database: Database) -> None:
    url = postgresql_database.engine.url
    for server, ours in (("off", "on"), ("remote_apply", "remote_apply")):
        database = Database(url.update_query_dict({"options": f"-c synchronous_commit={server}"}))
        with database.read() as connection:
            assert connection.scalar(text("SHOW synchronous_commit")) == ours
        database.dispose()


def test_more_connections_than_the_server_has_are_refused_for_now(
    postgresql_database: Database,
) -> None:
    url = postgresql_database.engine.url
    with postgresql_database.write() as connection:
        connection.exec_driver_sql("DROP ROLE IF EXISTS only_one")
        connection.exec_driver_sql("CREATE ROLE only_one LOGIN CONNECTION LIMIT 1")
    few = Database(url.set(username="only_one"))
    with few.read(), pytest.raises(Unavailable), few.read():
        pass
    with few.read() as connection:
        assert connection.scalar(select(1)) == 1
    few.dispose()


def test_a_server_that_takes_no_writes_any_more_is_left(
    postgresql_database: Database,
) -> None:
    """A standby may have become the primary meanwhile: the next connection looks for it."""
    url = postgresql_database.engine.url
    with psycopg.connect(url.set(drivername="postgresql").render_as_string(False)) as operator:
        operator.autocommit = True
        name = f'"{url.database}"'
        names(postgresql_database)
        operator.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        postgresql_database.dispose()
        try:
            with pytest.raises(Unavailable):
                write_one(postgresql_database)
            assert names(postgresql_database) == []
        finally:
            operator.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
    with pytest.raises(Unavailable):
        write_one(postgresql_database)  # on the connection that reads
    write_one(postgresql_database)
    assert names(postgresql_database) == ["one"]


def test_waits_are_bounded_on_psycopg_only(sqlite_url: str) -> None:
    bound_waits(create_engine(sqlite_url))
    with pytest.raises(ValueError, match=r"postgresql\+psycopg://"):
        bound_waits(create_engine("postgresql+psycopg2://localhost/site"))


def test_many_answers_one_after_the_other_may_take_longer(
    postgresql_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "LONGEST_WAIT", 0.5)
    with postgresql_database.write() as connection:
        connection.execute(text("SELECT pg_sleep(:for), repeat('x', 20000)"), [{"for": 0.25}] * 4)
