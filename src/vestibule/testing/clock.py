"""A clock that a test moves."""

from datetime import UTC, datetime, timedelta

from flask import Flask

from vestibule.authenticators.values import PERIOD
from vestibule.testing.application import put_in_place, refuse_outside_tests


class MovableClock:
    """Stands at the real now, ten seconds into the time of a code, until somebody moves it."""

    def __init__(self, at: datetime | None = None) -> None:
        """``at``: an aware time to stand at instead. Raises RuntimeError outside tests."""
        refuse_outside_tests()
        seconds = int(datetime.now(UTC).timestamp()) // PERIOD * PERIOD + 10
        self._now = at or datetime.fromtimestamp(seconds, UTC)

    def now(self) -> datetime:
        return self._now

    def moves(
        self, seconds: float = 0, *, minutes: float = 0, hours: float = 0, days: float = 0
    ) -> None:
        """Time passes; with negative numbers it goes back."""
        self._now += timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)

    @property
    def step(self) -> int:
        """The number of the code that authenticators show now."""
        return int(self._now.timestamp()) // PERIOD


def movable_clock(app: Flask) -> MovableClock:
    """Put a clock that moves in place of the application's, and return it.

    It is Vestibule's clock: the host's own ``datetime.now()`` does not hear of it. Raises
    RuntimeError outside tests.
    """
    clock = MovableClock()
    put_in_place(app, clock=clock)
    return clock
