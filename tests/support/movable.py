"""What a story may interrupt: a comparison of a code, and a hash while it is made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from vestibule.foundation.clock import DatabaseClock
from vestibule.foundation.hashing import Hasher, Slot


class DatabaseClockWithMeanwhile(DatabaseClock):
    """Asked at the beginning of every comparison of a code: what a story lets happen happens then,
    once, between what the page has read and what the comparison will.
    """

    meanwhile: Callable[[], object] | None = None

    def refuse_if_apart(self) -> None:
        happens, self.meanwhile = self.meanwhile, None
        if happens:
            in_a_thread_of_its_own(happens)
        super().refuse_if_apart()


class HasherWithMeanwhile(Hasher):
    """Its hashes cost nothing; what a story lets happen while one is made happens then, once."""

    meanwhile: Callable[[], object] | None = None

    @contextmanager
    def slot(self, *, for_known: bool = False) -> Iterator[Slot]:
        with super().slot(for_known=for_known) as slot:
            yield _SlotWithMeanwhile(slot, self)


class _SlotWithMeanwhile(Slot):
    def __init__(self, slot: Slot, hasher: HasherWithMeanwhile) -> None:
        self.__dict__ = slot.__dict__
        self._hasher = hasher

    def verify(self, stored: str | None, password: str) -> bool:
        happens, self._hasher.meanwhile = self._hasher.meanwhile, None
        if happens:
            in_a_thread_of_its_own(happens)
        return super().verify(stored, password)


def in_a_thread_of_its_own(happens: Callable[[], object]) -> None:
    """As another worker would: with nothing of this thread's request."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        pool.submit(happens).result()
