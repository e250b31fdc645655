"""Short connections: what a read sees, what a write leaves, and where both live."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from tests.foundation.tickets import Ticket
from tests.support.no_disk import waits_for_the_disk
from vestibule.foundation.database import Database, insert_new


def names(database: Database) -> list[str]:
    with database.read() as connection:
        return list(connection.scalars(select(Ticket.name).order_by(Ticket.name)))


@pytest.mark.parametrize(
    "url",
    [
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite+pysqlite:///:memory:",
        "sqlite:///file::memory:?cache=shared&uri=true",
        "sqlite:///file:site?mode=memory&cache=shared&uri=true",
    ],
)
def test_an_in_memory_database_is_refused_with_the_fix(url: str) -> None:
    with pytest.raises(ValueError, match="Give a file instead"):
        Database(url)


def test_a_kind_of_database_that_we_do_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="SQLite or PostgreSQL, not in 'mysql'"):
        Database("mysql+pymysql://localhost/site")


def test_the_driver_is_ours_whatever_the_host_uses(tmp_path: Path) -> None:
    postgresql = Database("postgresql+psycopg2://ada:secret@localhost/site").engine.url
    assert postgresql.drivername == "postgresql+psycopg"
    assert postgresql.password == "secret"
    assert Database(f"sqlite+aiosqlite:///{tmp_path}/site.db").dialect == "sqlite"


def test_a_missing_driver_is_refused_with_the_fix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(ValueError, match=r"pip install 'vestibule\[postgresql\]'"):
        Database("postgresql://localhost/site")


def test_every_sqlite_connection_is_durable_and_keeps_its_references(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits_for_the_disk(monkeypatch)
    database = Database(sqlite_url, busy_timeout=0.1)
    with database.read() as one, database.read() as other:
        for connection in (one, other):
            pragmas = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
            values = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in pragmas]
            assert values == ["wal", 2, 1, 100]  # 2: FULL
    database.dispose()


def test_every_postgresql_session_has_limits_and_utc(postgresql_database: Database) -> None:
    limits = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
    with postgresql_database.read() as connection:
        shown = [connection.scalar(text(f"SHOW {name}")) for name in (*limits, "TimeZone")]
    assert shown == ["10s", "5s", "15s", "UTC"]


def test_a_strict_default_of_the_server_does_not_reach_our_transactions(
    postgresql_url: str,
) -> None:
    options = "options=-c%20default_transaction_isolation%3Dserializable"
    database = Database(f"{postgresql_url}&{options}")
    with database.read() as connection:
        assert connection.scalar(text("SHOW default_transaction_isolation")) == "serializable"
    with database.write() as connection:
        assert connection.scalar(text("SHOW transaction_isolation")) == "read committed"
    database.dispose()


def test_a_write_is_committed_at_the_end_and_a_read_sees_it(database: Database) -> None:
    with database.read() as reading:
        with database.write() as connection:
            insert_new(connection, Ticket, name="one")
            assert reading.scalar(select(Ticket.name)) is None
        assert reading.scalar(select(Ticket.name)) == "one"  # no transaction holds an old view


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt, SystemExit])
def test_any_exception_undoes_the_write(database: Database, error: type[BaseException]) -> None:
    def write() -> None:
        with database.write() as connection:
            insert_new(connection, Ticket, name="half")
            raise error("in the middle")

    with pytest.raises(error, match="in the middle"):
        write()
    assert names(database) == []
    with database.write() as connection:
        insert_new(connection, Ticket, name="whole")
    assert names(database) == ["whole"]


def test_a_broken_rule_of_the_table_is_the_callers_business(database: Database) -> None:
    def write() -> None:
        with database.write() as connection:
            insert_new(connection, Ticket, name="one")
            connection.execute(Ticket.__table__.insert().values(name="one"))

    with pytest.raises(IntegrityError):
        write()
    assert names(database) == []


def test_a_wrong_statement_is_not_called_unavailable(database: Database) -> None:
    with pytest.raises(DBAPIError), database.read() as connection:
        connection.execute(text("SELECT nothing FROM nowhere"))
    with pytest.raises(DBAPIError), database.write() as connection:
        connection.execute(text("UPDATE nowhere SET nothing = 1"))
    assert names(database) == []


def test_writes_do_not_nest(database: Database) -> None:
    def write_within_a_write() -> None:
        with database.write() as connection:
            insert_new(connection, Ticket, name="outer")
            with database.write():
                pass

    with pytest.raises(RuntimeError, match="inside"):
        write_within_a_write()
    assert names(database) == []
    with database.write() as connection:
        insert_new(connection, Ticket, name="after")
    assert names(database) == ["after"]


def test_an_sqlite_file_is_read_while_somebody_writes(sqlite_database: Database) -> None:
    seen: list[list[str]] = []
    with sqlite_database.write() as connection:
        insert_new(connection, Ticket, name="one")
        reader = threading.Thread(target=lambda: seen.append(names(sqlite_database)))
        reader.start()
        reader.join()
    assert seen == [[]]
    assert names(sqlite_database) == ["one"]
