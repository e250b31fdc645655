"""One migrating process at a time."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, text
from sqlalchemy.exc import InterfaceError, OperationalError

from vestibule.foundation.database import Unavailable

if sys.platform != "win32":
    import fcntl

_WAIT = 60
"""Seconds that a process waits for SQLite's writer to end."""
_POLL = 0.2
_ADVISORY_LOCK = 0x7665737469  # "vesti": one number for all of Vestibule's migrations

Told = Callable[[str], None]


@contextmanager
def migration_engine(url: URL) -> Iterator[Engine]:
    """An engine for the length of one migration. Errors of the connection leave as Unavailable,
    a driver that is not installed as ValueError.

    Not the engine that requests use: that one gives up after seconds, and a migration of many
    rows takes longer.
    """
    try:
        engine = create_engine(url, poolclass=NullPool, connect_args=_connect_args(url))
    except ModuleNotFoundError as error:
        raise ValueError(
            "PostgreSQL needs its driver: pip install 'vestibule[postgresql]'"
        ) from error
    try:
        yield engine
    except (OperationalError, InterfaceError) as error:
        reason = str(error.orig).strip().splitlines()[0]
        raise Unavailable(f"The database at {_shown(url)} cannot be used: {reason}") from error
    finally:
        engine.dispose()


@contextmanager
def sqlite_alone(engine: Engine) -> Iterator[Connection]:
    """A connection in a transaction that only one process can hold; commits at the end."""
    with _file_lock(engine.url), engine.connect() as connection:
        # Before the first transaction: it cannot be switched on inside one. It stays with the
        # file, so that no later process has to switch it on while others write.
        connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        connection.commit()
        with connection.begin():
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection


def keep_others_out(connection: Connection, told: Told) -> None:
    """From now on, until it is closed, this connection to PostgreSQL upgrades, and no other.

    Not behind a pooler, where the lock would stay with a connection that others get next: there
    :func:`transaction_alone` has to do.
    """
    if not is_behind_pooler(connection):
        _wait_for(connection, "pg_try_advisory_lock", told)


@contextmanager
def without_transaction(connection: Connection) -> Iterator[None]:
    """Each statement by itself, however long it takes."""
    connection.rollback()
    connection.execution_options(isolation_level="AUTOCOMMIT")
    for timeout in ("statement_timeout", "lock_timeout"):
        connection.execute(text(f"SET {timeout} = 0"))
    yield
    connection.rollback()
    connection.execution_options(isolation_level="READ COMMITTED")


@contextmanager
def transaction_alone(connection: Connection, told: Told) -> Iterator[None]:
    """A transaction that nobody else has at the same time, behind a pooler too."""
    connection.rollback()
    with connection.begin():
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        _wait_for(connection, "pg_try_advisory_xact_lock", told)
        yield


def is_behind_pooler(connection: Connection) -> bool:
    """Whether the server knows another process than the one that answered the connection."""
    behind = cast(Any, connection.connection.dbapi_connection)
    real = connection.execute(text("SELECT pg_backend_pid()")).scalar()
    connection.rollback()
    return bool(behind.info.backend_pid != real)


def _wait_for(connection: Connection, function: str, told: Told) -> None:
    """By asking again and again: a statement that waits has a snapshot, and CREATE INDEX
    CONCURRENTLY waits for those, so that two processes would wait for each other.
    """
    ask = text(f"SELECT {function}({_ADVISORY_LOCK})")
    if connection.execute(ask).scalar():
        return
    told("waiting for another process, which upgrades the tables")
    while not connection.execute(ask).scalar():
        time.sleep(_POLL)


@contextmanager
def _file_lock(url: URL) -> Iterator[None]:
    with Path(f"{url.database}.lock").open("w") as file:
        if sys.platform != "win32":  # there SQLite's own write lock has to do
            fcntl.flock(file, fcntl.LOCK_EX)  # the system lets go of it when the process ends
        yield


def _connect_args(url: URL) -> dict[str, Any]:
    if url.get_backend_name() == "sqlite":
        # No transaction of the driver's making: it would commit before each CREATE TABLE.
        return {"timeout": _WAIT, "isolation_level": None}
    # Nothing prepared: behind a pooler it would stay in a connection that others get.
    return {"connect_timeout": 5, "prepare_threshold": None}


def _shown(url: URL) -> str:
    return url.render_as_string()  # hides the password
