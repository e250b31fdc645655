"""Who may hash now: the threads of one process queue here, all processes share locked files."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from vestibule.foundation.slot_files import SlotFiles


class Busy(Exception):
    """All hashing slots are taken. The web answers 503; nothing was spent or compared."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("All hashing slots of this machine are taken.")
        self.retry_after = retry_after  # seconds


class SlotQueue:
    """The threads of this process that hold one of some files, or wait for one."""

    def __init__(self, files: SlotFiles, *, waiting: int, wait: float) -> None:
        """`waiting`: how many threads may hold or wait; `wait`: seconds until one gives up."""
        self._files = files
        self._waiting = waiting
        self._wait = wait
        self._make_anew()

    @contextmanager
    def held(self, otherwise: "SlotQueue | None" = None) -> Iterator[None]:
        """Waits for a slot and gives it back at the end of the block; in the queue `otherwise`
        where this one takes no further thread. Raises Busy.
        """
        deadline = time.monotonic() + self._wait
        # Taken once: after a fork the child has new ones, and its block must not end the parent's.
        admission, turn = self._admission, self._turn
        if not admission.acquire(blocking=False):
            if otherwise is None:
                raise self._busy()
            with otherwise.held():
                yield
            return
        try:
            # The threads of one process queue here, so that at most so many of them look at files.
            if not turn.acquire(timeout=self._wait):
                raise self._busy()
            try:
                held = self._take_file(deadline)
                try:
                    yield
                finally:
                    self._files.give_back(held)
            finally:
                turn.release()
        finally:
            admission.release()

    def refuse_if_full(self) -> None:
        """Raises Busy where no further thread may wait."""
        if not self._admission.acquire(blocking=False):
            raise self._busy()
        self._admission.release()

    def _take_file(self, deadline: float) -> int:
        try:
            held = self._files.take(deadline)
        except OSError as error:
            # The folder is gone, or there are no descriptors left: nobody hashes unbounded.
            raise self._busy() from error
        if held is None:
            raise self._busy()
        return held

    def _busy(self) -> Busy:
        return Busy(retry_after=max(1, round(self._wait)))

    def _make_anew(self) -> None:
        self._admission = threading.Semaphore(self._waiting)
        self._turn = threading.Semaphore(self._files.count)

    def after_fork_in_child(self) -> None:
        """The child has none of the parent's threads, so none of their slots."""
        self._make_anew()
        self._files.let_go()
