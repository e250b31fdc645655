"""The database: short connections of our own and one kind of transaction."""

import select
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import URL, Connection, Engine, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import Pool, QueuePool

from vestibule.foundation.database_urls import checked_url
from vestibule.foundation.engines import is_busy, is_conflict, make_engine, means_not_now
from vestibule.foundation.forks import tell_of_forks
from vestibule.foundation.guarded_writes import claim, insert_new
from vestibule.foundation.tables import Base, UtcDateTime

if TYPE_CHECKING:
    from vestibule.foundation.postgresql import BoundedConnection

__all__ = ["Base", "Conflict", "Database", "Unavailable", "UtcDateTime", "claim", "insert_new"]


_POLL = 0.01  # seconds between two tries to become SQLite's writer
_WAITING = "vestibule-after-commit"


def after_commit(connection: Connection, call: Callable[[], None]) -> None:
    """Call something once the transaction of ``connection`` is committed; never if it is not.

    On a connection of :meth:`Database.write`, or on one that the host commits itself: of that
    SQLAlchemy tells when it begins to commit, so what such a commit meets then comes after the
    call.
    """
    waiting = connection.info.get(_WAITING)
    if waiting is not None:
        waiting.append(call)
    else:
        event.listen(connection, "commit", lambda _: call(), once=True)


_commits = threading.local()


def commits_here() -> int:
    """How many transactions of ours this thread has committed."""
    return getattr(_commits, "number", 0)


class Unavailable(Exception):
    """The database cannot be asked now. The web answers 503 and lets nobody in (promise P9)."""

    retry_after: int = 5  # seconds


class Conflict(Unavailable):
    """The database undid the transaction since it stood in another's way: nothing of it was done.

    A deadlock or a serialization failure; see :func:`~vestibule.foundation.again.again`.
    """


class Database:
    """An engine of our own on the host's database: nothing of the host is committed by us.

    It connects at the first use, survives forks and restarts of the server, and serves any number
    of threads.
    """

    def __init__(self, url: str | URL, *, pool_size: int = 10, busy_timeout: float = 5.0) -> None:
        """`busy_timeout`: seconds of waiting for a connection or SQLite's writer until Unavailable.

        Raises ValueError, saying the fix, for an in-memory SQLite database, another kind of
        database, or a missing driver.
        """
        self._engine = make_engine(checked_url(url), pool_size, busy_timeout)
        self._is_sqlite = self.dialect == "sqlite"
        self._busy_timeout = busy_timeout
        self._is_spoilt = False
        self._forget_threads()
        tell_of_forks(self)

    @property
    def engine(self) -> Engine:
        return self._engine

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._engine.dialect.name

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection without a transaction: each statement sees what is committed by then.

        Raises Unavailable.
        """
        try:
            with self._connect() as connection:
                yield connection
        except SQLAlchemyError as error:
            if means_not_now(error):
                raise Unavailable("The database did not answer a read.") from error
            raise

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction, committed at the end of the block, rolled back by any exception.

        Compute first and keep the block short: on SQLite it is the only writer. Blocks do not nest
        (RuntimeError). Raises :class:`Conflict`, and Unavailable; where the commit itself got no
        answer, the change may have happened.
        """
        waiting: list[Callable[[], None]] = []
        with self._turn():
            try:
                with self._begin() as connection:
                    # Kept in hand: a connection that is lost meanwhile gives its info no more.
                    info = connection.info
                    info[_WAITING] = waiting
                    try:
                        yield connection
                        self._commit(connection)
                    except BaseException:
                        _roll_back(connection)
                        raise
                    finally:
                        info.pop(_WAITING, None)
            except SQLAlchemyError as error:
                if isinstance(error, DBAPIError) and is_conflict(error):
                    raise Conflict("The database undid a write for another's sake.") from error
                if means_not_now(error):
                    raise Unavailable("The database did not take a write.") from error
                raise
        _commits.number = commits_here() + 1
        # Outside the transaction and after its turn: what is called may write too.
        for call in waiting:
            call()

    def dispose(self) -> None:
        """Closes the idle connections; the next use opens new ones."""
        self._engine.dispose()

    def _connect(self) -> Connection:
        if self._is_spoilt:
            raise RuntimeError(
                "This process was forked while a thread of its parent used the SQLite file. Fork"
                " before the threads start, or start the process afresh (multiprocessing's spawn)."
            )
        connection = self._engine.connect()
        if self._is_sqlite:
            return connection
        try:
            # A look at the socket, not a ping's round trip: a server that restarted has closed it.
            while _has_hung_up(connection):
                connection.invalidate()
        except BaseException:
            connection.close()
            raise
        return connection

    def _begin(self) -> Connection:
        """A connection on which BEGIN was said; twice where it got lost, as nothing else was.

        Under gevent the waiting for SQLite's writer is here: SQLite's own would stop every
        greenlet, the one that holds the file too.
        """
        until = time.monotonic() + self._busy_timeout
        lost = False
        while True:
            try:
                return self._say_begin()
            except DBAPIError as error:
                if error.connection_invalidated and not lost:
                    lost = True
                elif is_busy(error) and time.monotonic() < until:
                    time.sleep(_POLL)
                else:
                    raise

    def _say_begin(self) -> Connection:
        connection = self._connect()
        try:
            # Named: at a stricter default of the server, guarded writes would fail instead of wait.
            begin = "BEGIN IMMEDIATE" if self._is_sqlite else "BEGIN ISOLATION LEVEL READ COMMITTED"
            connection.exec_driver_sql(begin)
        except BaseException:
            connection.close()
            raise
        return connection

    def _commit(self, connection: Connection) -> None:
        if self._is_sqlite:
            connection.exec_driver_sql("COMMIT")
            return
        driver = cast("BoundedConnection", connection.connection.dbapi_connection)
        driver.warning = ""
        connection.exec_driver_sql("COMMIT")
        if driver.warning:
            # It stands here, and nobody knows for how long: a standby that takes over lacks it.
            raise Unavailable(f"A COMMIT was answered with a warning: {driver.warning}")

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """On SQLite the threads of this process queue here: SQLite's own waiting is polling."""
        mine, writer = self._this_thread, self._writer
        if getattr(mine, "writes", False):
            raise RuntimeError("write() inside write(): end the first before the next begins")
        if self._is_sqlite and not writer.acquire(timeout=self._busy_timeout):
            raise Unavailable("Too many writes wait for this SQLite file.")
        mine.writes = True
        try:
            yield
        finally:
            mine.writes = False
            if self._is_sqlite:
                writer.release()

    def _forget_threads(self) -> None:
        self._writer = threading.Lock()
        self._this_thread = threading.local()

    # A child must not use its parent's connections. With SQLite there is more: locks do not live
    # through a fork, but the library's memory of holding them does, so that a child which opens a
    # file that was open writes without locks ("How To Corrupt An SQLite Database File", 2.6).

    def before_fork(self) -> None:
        if self._is_sqlite:
            pool = _counted(self._engine.pool)
            self._engine.dispose(close=False)  # who comes now gets another pool
            self._was_in_use = pool.checkedout() > 0
            pool.dispose()

    def after_fork_in_child(self) -> None:
        if self._is_sqlite:
            pool = _counted(self._engine.pool)
            here = self._was_in_use or pool.checkedin() + pool.checkedout() > 0
            self._is_spoilt = self._is_spoilt or here
        self._engine.dispose(close=False)
        self._forget_threads()


def _counted(pool: Pool) -> QueuePool:
    return cast(QueuePool, pool)  # SQLAlchemy's choice for a file


def _roll_back(connection: Connection) -> None:
    if connection.invalidated:
        return
    try:
        connection.exec_driver_sql("ROLLBACK")
    except SQLAlchemyError:
        # It must not go back to the pool inside somebody's transaction.
        connection.invalidate()


def _has_hung_up(connection: Connection) -> bool:
    """Whether an idle connection has something to read: unasked, the server only says good-bye."""
    socket = cast(Any, connection.connection.dbapi_connection).fileno()
    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(socket, select.POLLIN)
        return bool(poll.poll(0))
    return bool(select.select([socket], [], [], 0)[0])
