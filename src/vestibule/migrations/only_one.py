"""One migrating process at a time, in one transaction."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, text
from sqlalchemy.exc import InterfaceError, OperationalError

from vestibule.foundation.database import Unavailable

if sys.platform != "win32":
    import fcntl

_WAIT = 60
"""Seconds that a process waits for another one's migration to end."""
_ADVISORY_LOCK = 0x7665737469  # "vesti": one number for all of Vestibule's migrations


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
def only_one(engine: Engine) -> Iterator[Connection]:
    """A connection in a transaction that only one process can hold; commits at the end."""
    if engine.dialect.name == "sqlite":
        with _file_lock(engine.url), engine.connect() as connection:
            # Before the first transaction: it cannot be switched on inside one. It stays with the
            # file, so that no later process has to switch it on while others write.
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")
            connection.commit()
            with connection.begin():
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                yield connection
    else:
        with engine.begin() as connection:
            # Ends with the transaction, so that it works behind a pooler and after a kill too.
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})"))
            yield connection


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
