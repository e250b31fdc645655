"""The few threads of a process that hash, behind all its others."""

import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")

_STANDS_BACK = 10
"""Niceness. A thread that answers, and wakes on the core that hashes, gets nine tenths of it."""


class HashingThreads:
    """Threads that are made when they are first needed.

    Not those that answer requests: the C library keeps what a thread gave back, so in time each of
    them would hold a hash's memory; and a thread that stood back once may not come forward again.
    """

    def __init__(self, count: int) -> None:
        """`count`: how many may hash at once."""
        self._count = count
        self._make_anew()

    def run(self, hashes: Callable[[], T]) -> T:
        """What it returns or raises, on one of the threads."""
        return self._threads.submit(hashes).result()

    def _make_anew(self) -> None:
        self._threads = ThreadPoolExecutor(
            self._count,
            thread_name_prefix="vestibule-hashing",
            initializer=_stand_back,
            initargs=(threading.get_native_id(),),
        )

    def after_fork_in_child(self) -> None:
        """The child has none of the parent's threads."""
        self._make_anew()


def _stand_back(made_by: int) -> None:
    # Only Linux has a niceness of each thread. Under gevent this is no thread of its own.
    if sys.platform == "linux" and threading.get_native_id() != made_by:
        with suppress(OSError):  # in a sandbox that forbids it
            os.nice(_STANDS_BACK)
