"""How an engine is made for each kind of database, and which of its errors mean "not now"."""

import sqlite3
import sys
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

_POSTGRESQL_SESSION = (
    "-c TimeZone=UTC -c statement_timeout=10000 -c lock_timeout=5000"
    # A worker that stopped inside a transaction must not hold its row locks for ever.
    " -c idle_in_transaction_session_timeout=15000"
)
_SQLITE_NOT_NOW = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_NOTADB,
    }
)
_POSTGRESQL_READ_ONLY = "25006"  # a standby; for psycopg an InternalError


def checked_url(url: str | URL) -> URL:
    """The URL with the driver that we use.

    Raises ValueError, saying the fix, for a database on which the promises cannot hold.
    """
    try:
        checked = make_url(url)
    except (ArgumentError, ValueError):
        # SQLAlchemy repeats what it took for a port: where the host was forgotten, the password.
        raise ValueError(
            "This is no address of a database: it looks like postgresql://user:password@host/name."
        ) from None
    kind = checked.get_backend_name()
    if kind in ("postgresql", "postgres"):
        return checked.set(drivername="postgresql+psycopg")
    if kind != "sqlite":
        raise ValueError(f"Vestibule stores its tables in SQLite or PostgreSQL, not in {kind!r}.")
    name = checked.database or ""
    if name in ("", ":memory:") or "mode=memory" in (name, *_pairs(checked)) or ":memory:" in name:
        raise ValueError(
            "An in-memory SQLite database is one connection, on which nothing keeps parallel"
            " requests apart. Give a file instead, such as sqlite:////tmp/site.db."
        )
    return checked.set(drivername="sqlite+pysqlite")


def _pairs(url: URL) -> list[str]:
    return [f"{name}={value}" for name, value in url.query.items()]


def make_engine(url: URL, pool_size: int, busy_timeout: float) -> Engine:
    """An engine in autocommit: a transaction begins only where we say BEGIN, and reads say none.

    It connects at the first use. Raises ValueError where the driver is missing.
    """
    settings: dict[str, Any] = {
        "isolation_level": "AUTOCOMMIT",
        "pool_size": pool_size,
        "max_overflow": pool_size,
        "pool_timeout": busy_timeout,
        "pool_use_lifo": True,
        # Nothing to roll back: a transaction of ours ends before its connection goes back.
        "pool_reset_on_return": None,
        # An error that is logged must not say what was written (P10).
        "hide_parameters": True,
    }
    if url.get_backend_name() == "sqlite":
        # While SQLite waits, no greenlet goes on: long enough for its own housekeeping only.
        wait = 0.01 if _is_green() else busy_timeout
        settings["connect_args"] = {"timeout": wait, "check_same_thread": False}
        engine = create_engine(url, **settings)
        event.listen(engine, "connect", _prepare_sqlite)
        return engine
    settings["connect_args"] = {
        "connect_timeout": 5,
        "tcp_user_timeout": 10_000,
        "options": f"{_POSTGRESQL_SESSION} {url.query.get('options', '')}".rstrip(),
    }
    try:
        return create_engine(url, pool_recycle=1800, **settings)
    except ModuleNotFoundError as error:
        fix = "pip install 'vestibule[postgresql]'"
        raise ValueError(f"PostgreSQL needs its driver: {fix}") from error


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    # WAL's usual NORMAL forgets the last commits at a power cut: a spent code would be unspent.
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")


def _is_green() -> bool:
    """Whether gevent made greenlets of this process's threads."""
    monkey = sys.modules.get("gevent.monkey")
    return bool(monkey and monkey.is_module_patched("threading"))


def is_busy(error: DBAPIError) -> bool:
    """Whether somebody else writes into the SQLite file now."""
    code = getattr(error.orig, "sqlite_errorcode", None)
    return code is not None and code & 0xFF == sqlite3.SQLITE_BUSY


def means_not_now(error: Exception) -> bool:
    """Whether the database could not be asked (gone, locked, full, read-only)."""
    if isinstance(error, PoolTimeout):
        return True
    if not isinstance(error, DBAPIError):
        return False
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return code & 0xFF in _SQLITE_NOT_NOW
    if getattr(error.orig, "sqlstate", None) == _POSTGRESQL_READ_ONLY:
        return True
    return isinstance(error, (OperationalError, InterfaceError))
