"""What time it is, and whether this machine and the database agree about it."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

from sqlalchemy import text

from vestibule.foundation.database import Database, Unavailable


class Clock(Protocol):
    """Gives the present as an aware datetime in UTC; a test gives another present."""

    def now(self) -> datetime: ...


class SystemClock:
    """This machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class DatabaseClock:
    """Compares this machine's clock with the database's, which all nodes share.

    A node that lives in the future would burn everybody's coming codes, so it must not judge any.
    """

    def __init__(
        self,
        database: Database,
        machine_time: Callable[[], float] = time.time,
        allowed: timedelta = timedelta(seconds=15),
        every: timedelta = timedelta(seconds=60),
    ) -> None:
        """`machine_time` gives seconds since 1970; `every` is how long a good comparison counts."""
        self._database = database
        self._machine_time = machine_time
        self._allowed = allowed.total_seconds()
        self._every = every.total_seconds()
        self._good_until = float("-inf")  # on the monotonic clock, which nobody sets

    def refuse_if_apart(self, *, afresh: bool = False) -> None:
        """Raises Unavailable while the clocks are too far apart or the database does not answer.

        Asks the database once per `every`, and at every call while they are apart, so that it
        recovers by itself; with `afresh` at this call too. A SQLite file has no clock of its own.
        """
        if self._database.dialect == "sqlite":
            return
        if time.monotonic() < self._good_until and not afresh:
            return
        apart = self._seconds_apart()
        if apart > self._allowed:
            self._good_until = float("-inf")
            raise Unavailable(f"This machine's clock and the database's are {apart:.0f} s apart.")
        self._good_until = time.monotonic() + self._every

    def _seconds_apart(self) -> float:
        with self._database.read() as connection:
            before = self._machine_time()
            there = float(connection.scalar(text("SELECT extract(epoch FROM clock_timestamp())")))
            after = self._machine_time()
        return abs(there - (before + after) / 2)
