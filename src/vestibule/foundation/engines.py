"""How an engine is made for each kind of database, and which of its errors mean "not now"."""

import sqlite3
import sys
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

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
READ_ONLY = "25006"
"""PostgreSQL's word of a server that takes no writes, such as a standby."""
# What psycopg does not call operational; the others: somebody was idle in a transaction too long.
_POSTGRESQL_NOT_NOW = frozenset({READ_ONLY, "25P03", "25P04"})
_CONFLICTS = frozenset({"40001", "40P01"})


def make_engine(url: URL, pool_size: int, busy_timeout: float) -> Engine:
    """An engine in autocommit: a transaction begins only where we say BEGIN, and reads say none.

    It connects at the first use. Raises ValueError where the driver is missing.
    """
    settings: dict[str, Any] = {
        "isolation_level": "AUTOCOMMIT",
        "pool_size": pool_size,
        # The threads that send mails and seal the log are none of the requests'.
        "max_overflow": 2,
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
        # A value that a statement has in many places is made ready once, not at each of them.
        engine = create_engine(url, paramstyle="named", **settings)
        event.listen(engine, "connect", _prepare_sqlite)
        return engine
    try:
        engine = create_engine(url, pool_recycle=1800, **settings)
    except ModuleNotFoundError as error:
        fix = "pip install 'vestibule[postgresql]'"
        raise ValueError(f"PostgreSQL needs its driver: {fix}") from error
    bound_waits(engine)
    return engine


def bound_waits(engine: Engine) -> None:
    """Let nothing that is asked on this engine wait for ever, as on Vestibule's own.

    On PostgreSQL: 5 s for a connection and for a lock, 10 s for a statement unless its role has
    limits of its own, 12 s for any answer, a COMMIT's too; after that, and where a COMMIT was
    answered that no standby has, SQLAlchemy's OperationalError is raised. Nothing stays on a server
    that takes no writes any more, and nothing is prepared on it through a pooler in transaction
    mode. On SQLite nothing is done. Call it before the first connection. Raises ValueError for
    another driver than psycopg 3.
    """
    if engine.dialect.name == "sqlite":
        return
    if engine.dialect.name != "postgresql" or engine.dialect.driver != "psycopg":
        raise ValueError("Waits are bounded on psycopg 3: postgresql+psycopg://user@host/name.")
    from vestibule.foundation import postgresql

    postgresql.bound(engine)


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


def is_conflict(error: DBAPIError) -> bool:
    """Whether the database undid the transaction because it stood in another's way."""
    return getattr(error.orig, "sqlstate", None) in _CONFLICTS


def means_not_now(error: Exception) -> bool:
    """Whether the database could not be asked (gone, locked, full, read-only)."""
    if isinstance(error, PoolTimeout):
        return True
    if not isinstance(error, DBAPIError):
        return False
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return code & 0xFF in _SQLITE_NOT_NOW
    if getattr(error.orig, "sqlstate", None) in _POSTGRESQL_NOT_NOW:
        return True
    return error.connection_invalidated or isinstance(error, (OperationalError, InterfaceError))
