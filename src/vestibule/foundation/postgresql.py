"""PostgreSQL's connections: nothing waits for ever, and what only the primary has is no answer."""

import time
from collections.abc import Generator
from typing import Any

import psycopg
from psycopg.errors import Diagnostic
from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext

from vestibule.foundation.engines import READ_ONLY

LONGEST_WAIT = 12.0
"""Seconds for which one answer is waited for: more than the server's own limit, which says why."""
_LIMITS = {
    "statement_timeout": "10s",
    "lock_timeout": "5s",
    # A worker that stopped inside a transaction must not hold its row locks for ever.
    "idle_in_transaction_session_timeout": "15s",
}
# Behind a pooler in transaction mode the process that answers is another one than the one that the
# connection began with, and what is set there stays for somebody else: its limits are the role's.
_IS_OURS = "pg_backend_pid() = %(pid)s"
_BEGIN_SESSION = f"SELECT {_IS_OURS}" + "".join(
    f", CASE WHEN {_IS_OURS} AND current_setting('{name}') = '0'"
    f" THEN set_config('{name}', '{limit}', false) END"
    for name, limit in _LIMITS.items()
)
_BEGIN_SESSION += f", CASE WHEN {_IS_OURS} THEN set_config('TimeZone', 'UTC', false) END"
# Else a crash forgets the last commits: a spent code would be unspent.
_BEGIN_SESSION += (
    f", CASE WHEN {_IS_OURS} AND current_setting('synchronous_commit') = 'off'"
    " THEN set_config('synchronous_commit', 'on', false) END"
)


class NoAnswer(psycopg.OperationalError):
    """The server said nothing for too long; the connection is closed."""


class BoundedConnection(psycopg.Connection[Any]):
    """A connection on which no answer is waited for longer than :data:`LONGEST_WAIT`.

    The server's own limits are not enough: a server that is stopped or cut off counts no time, and
    none of them counts while a COMMIT waits for a standby.
    """

    warning = ""
    """The last warning. With one of these a COMMIT is answered as done that no standby has."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.add_notice_handler(self._hear)

    def wait(self, gen: Generator[Any, Any, Any], *args: Any, **kwargs: Any) -> Any:
        try:
            return super().wait(_bounded(gen), *args, **kwargs)
        except NoAnswer:
            self.pgconn.finish()  # what comes now would be taken for the answer to something else
            raise

    def commit(self) -> None:
        """Raises OperationalError where it was done, but is not known to last."""
        self.warning = ""
        super().commit()
        if self.warning:
            raise psycopg.OperationalError(self.warning)

    def _hear(self, told: Diagnostic) -> None:
        if told.severity_nonlocalized == "WARNING":
            self.warning = told.message_primary or "a warning without words"


def bound(engine: Engine) -> None:
    """Make the connections of an engine bounded ones, with limits on the server too."""
    event.listen(engine, "do_connect", _connect)
    event.listen(engine, "handle_error", _leave_a_standby)


def _connect(_dialect: Any, _record: Any, args: Any, given: dict[str, Any]) -> BoundedConnection:
    connection = BoundedConnection.connect(
        *args, **({"connect_timeout": 5, "tcp_user_timeout": 10_000} | given)
    )
    try:
        _begin_session(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _begin_session(connection: BoundedConnection) -> None:
    connection.autocommit = True
    row = connection.execute(_BEGIN_SESSION, {"pid": connection.info.backend_pid}).fetchone()
    if not (row and row[0]):
        # A prepared statement would be looked for in another process than the one that has it.
        connection.prepare_threshold = None
    connection.autocommit = False


def _leave_a_standby(context: ExceptionContext) -> None:
    """The server was a primary when we came, and is none any more: the next connection looks for
    the one that is."""
    if getattr(context.original_exception, "sqlstate", None) == READ_ONLY:
        context.is_disconnect = True


def _bounded(gen: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
    until = time.monotonic() + LONGEST_WAIT
    try:
        wanted = next(gen)
        while True:
            ready = yield wanted
            if ready:
                # Many rows in one go are many answers: only silence is no answer.
                until = time.monotonic() + LONGEST_WAIT
            elif time.monotonic() > until:
                raise NoAnswer(f"no answer within {LONGEST_WAIT:.0f} s")
            wanted = gen.send(ready)
    except StopIteration as done:
        return done.value
