"""What a story may move or interrupt: the clock, and a hash while it is made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from vestibule.foundation.hashing import Hasher, Slot

STEP = 30  # seconds


class MovableClock:
    """Stands at the real now, ten seconds into a step, until somebody moves it."""

    def __init__(self, at: datetime | None = None) -> None:
        seconds = int(datetime.now(UTC).timestamp()) // STEP * STEP + 10
        self._now = at or datetime.fromtimestamp(seconds, UTC)

    def now(self) -> datetime:
        return self._now

    def moves(self, seconds: float = 0, *, minutes: float = 0, hours: float = 0) -> None:
        self._now += timedelta(seconds=seconds, minutes=minutes, hours=hours)

    @property
    def step(self) -> int:
        return int(self._now.timestamp()) // STEP


class HasherWithMeanwhile(Hasher):
    """Its hashes cost nothing; what a story lets happen while one is made happens then, once."""

    meanwhile: Callable[[], None] | None = None

    @contextmanager
    def slot(self) -> Iterator[Slot]:
        with super().slot() as slot:
            yield _SlotWithMeanwhile(slot, self)


class _SlotWithMeanwhile(Slot):
    def __init__(self, slot: Slot, hasher: HasherWithMeanwhile) -> None:
        self.__dict__ = slot.__dict__
        self._hasher = hasher

    def verify(self, stored: str | None, password: str) -> bool:
        happens, self._hasher.meanwhile = self._hasher.meanwhile, None
        if happens:
            happens()
        return super().verify(stored, password)
