"""What a story may move or interrupt: the clock, and a hash while it is made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from vestibule.foundation.clock import DatabaseClock
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


class DatabaseClockWithMeanwhile(DatabaseClock):
    """Asked at the beginning of every comparison of a code: what a story lets happen happens then,
    once, between what the page has read and what the comparison will.
    """

    meanwhile: Callable[[], object] | None = None

    def refuse_if_apart(self) -> None:
        happens, self.meanwhile = self.meanwhile, None
        if happens:
            _in_a_thread_of_its_own(happens)
        super().refuse_if_apart()


class HasherWithMeanwhile(Hasher):
    """Its hashes cost nothing; what a story lets happen while one is made happens then, once."""

    meanwhile: Callable[[], object] | None = None

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
            _in_a_thread_of_its_own(happens)
        return super().verify(stored, password)


def _in_a_thread_of_its_own(happens: Callable[[], object]) -> None:
    """As another worker would: with nothing of this thread's request."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        pool.submit(happens).result()
