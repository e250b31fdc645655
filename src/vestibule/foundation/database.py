"""The database: short connections of our own, one kind of transaction, and the guarded writes."""

import os
import select
import threading
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import URL, ColumnElement, Connection, DateTime, Dialect, Engine, MetaData, Table, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

from vestibule.foundation.engines import checked_url, make_engine, means_not_now


class Unavailable(Exception):
    """The database cannot be asked now. The web answers 503 and lets nobody in (promise P9)."""

    retry_after: int = 5  # seconds


class Base(DeclarativeBase):
    """The base of all our tables. Constraints have names, because a migration can only change what it can name."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class UtcDateTime(TypeDecorator[datetime]):
    """An instant. Aware datetimes go in and come out, in UTC; a naive one is refused with ValueError."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a datetime without a time zone is not an instant")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        # SQLite has no time zones: what we stored is UTC.
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


_databases: "weakref.WeakSet[Database]" = weakref.WeakSet()
_left_to_the_parent: list[object] = []


class Database:
    """An engine of our own on the host's database, so that nothing of the host is committed or rolled back by us.

    It connects at the first use, survives forks and restarts of the server, and may be used by any number of threads.
    """

    def __init__(self, url: str | URL, *, pool_size: int = 10, busy_timeout: float = 5.0) -> None:
        """`busy_timeout` (seconds): how long a write waits for SQLite's one writer before Unavailable.

        Raises ValueError, saying the fix, for an in-memory SQLite database, another kind of database, a missing driver.
        """
        self._engine = make_engine(checked_url(url), pool_size=pool_size, busy_timeout=busy_timeout)
        self._is_sqlite = self.dialect == "sqlite"
        self._busy_timeout = busy_timeout
        self._forget_threads()
        _databases.add(self)

    @property
    def engine(self) -> Engine:
        return self._engine

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._engine.dialect.name

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection without a transaction: each statement sees what is committed now. Raises Unavailable."""
        try:
            with self._connect() as connection:
                yield connection
        except (DBAPIError, SQLAlchemyError) as error:
            if means_not_now(error):
                raise Unavailable("The database did not answer a read.") from error
            raise

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction, committed at the end of the block and rolled back by any exception. Raises Unavailable.

        Compute first and keep the block short: on SQLite it is the only writer. Blocks do not nest (RuntimeError).
        Where Unavailable comes from the commit itself, the change may have happened; a repeated guarded write finds out.
        """
        with self._turn():
            try:
                with self._begin() as connection:
                    try:
                        yield connection
                        connection.exec_driver_sql("COMMIT")
                    except BaseException:
                        _roll_back(connection)
                        raise
            except SQLAlchemyError as error:
                if means_not_now(error):
                    raise Unavailable("The database did not take a write.") from error
                raise

    def dispose(self) -> None:
        """Closes the idle connections; the next use opens new ones."""
        self._engine.dispose()

    def _connect(self) -> Connection:
        connection = self._engine.connect()
        if not self._is_sqlite:
            try:
                # One look at the socket instead of a ping's round trip: a server that restarted has closed it.
                while _has_hung_up(connection):
                    connection.invalidate()
            except BaseException:
                connection.close()
                raise
        return connection

    def _begin(self) -> Connection:
        """A connection on which BEGIN was said; said again on a fresh one where it was lost, for nothing else was sent."""
        try:
            return self._say_begin()
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
        return self._say_begin()

    def _say_begin(self) -> Connection:
        connection = self._connect()
        try:
            if self._is_sqlite:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            else:
                # A stricter default of the server would make the guarded writes fail instead of wait.
                connection.exec_driver_sql("BEGIN ISOLATION LEVEL READ COMMITTED")
        except BaseException:
            connection.close()
            raise
        return connection

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """On SQLite the threads of this process queue here: SQLite's own waiting is polling and can starve one."""
        if getattr(self._this_thread, "writes", False):
            raise RuntimeError("write() inside write(): end the first transaction before the next begins")
        if self._is_sqlite and not self._writer.acquire(timeout=self._busy_timeout):
            raise Unavailable("Too many writes wait for this SQLite file.")
        writer, self._this_thread.writes = self._writer, True
        try:
            yield
        finally:
            self._this_thread.writes = False
            if self._is_sqlite:
                writer.release()

    def _forget_threads(self) -> None:
        self._writer = threading.Lock()
        self._this_thread = threading.local()

    def _after_fork(self) -> None:
        # The parent's connections are not ours to use or to close (SQLite's documentation, "How To Corrupt", 2.6).
        _left_to_the_parent.append(self._engine.pool)
        self._engine.dispose(close=False)
        self._forget_threads()


def _after_fork_in_child() -> None:
    for database in list(_databases):
        database._after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)


def _roll_back(connection: Connection) -> None:
    if connection.invalidated:
        return
    try:
        connection.exec_driver_sql("ROLLBACK")
    except SQLAlchemyError:
        # Never back to the pool inside somebody's transaction.
        connection.invalidate()


def _has_hung_up(connection: Connection) -> bool:
    """Whether an idle server connection has something to say. Unasked, that is a good-bye."""
    socket = cast(Any, connection.connection.dbapi_connection).fileno()
    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(socket, select.POLLIN)
        return bool(poll.poll(0))
    return bool(select.select([socket], [], [], 0)[0])


def claim(
    connection: Connection, model: type[Base], where: Sequence[ColumnElement[bool]], **set_: object
) -> bool:
    """Guarded write: one UPDATE … WHERE <still unclaimed>; True if this call changed the row.

    `set_` are column names. The database lets exactly one of any number of parallel claims change the row (promise P2).
    Raises RuntimeError, which rolls back, if the condition fits more than one row.
    """
    table = cast(Table, model.__table__)
    changed = connection.execute(update(table).where(*where).values(**set_)).rowcount
    if changed > 1:
        raise RuntimeError(f"a claim changed {changed} rows of {table.name}; its condition must name one")
    return changed == 1


def insert_new(connection: Connection, model: type[Base], **values: object) -> bool:
    """Guarded write: INSERT … ON CONFLICT DO NOTHING; True if the row is new. `values` are column names."""
    table = cast(Table, model.__table__)
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = insert(table).values(**values).on_conflict_do_nothing().inline()
    return connection.execute(statement).rowcount == 1
