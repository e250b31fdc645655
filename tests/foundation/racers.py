"""Racers: processes with threads that all do the same thing at the same moment.

What they run must be importable, because the processes are started afresh ("spawn").
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from threading import Barrier
from types import TracebackType
from typing import Any, Self

PROCESSES = 4
THREADS = 8

_start: Any = None


class Racers:
    """Four processes that wait for races. ``race(…)`` gives all results in one list."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(
            PROCESSES, context, initializer=_arrive, initargs=(context.Barrier(PROCESSES),)
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pool.shutdown()

    def race(self, make: Callable[..., Any], *arguments: object, times: int) -> list[Any]:
        """Each process makes one ``runner = make(*arguments)``, which its threads share.

        ``runner(number)`` is called once for every number below ``times``, by all of them at once.
        """
        shares = [range(first, times, PROCESSES) for first in range(PROCESSES)]
        running = [self._pool.submit(_run, make, arguments, share) for share in shares]
        return [result for process in running for result in process.result()]


def _arrive(barrier: Any) -> None:
    global _start
    _start = barrier


def _run(make: Callable[..., Callable[[int], Any]], arguments: Any, numbers: range) -> list[Any]:
    runner = make(*arguments)
    at_once = Barrier(min(THREADS, len(numbers)))

    def thread(share: Sequence[int]) -> list[Any]:
        at_once.wait()
        return [runner(number) for number in share]

    shares = [numbers[first :: at_once.parties] for first in range(at_once.parties)]
    _start.wait()  # one task for each process: nobody runs before all are here
    with ThreadPoolExecutor(at_once.parties) as pool:
        return [result for results in pool.map(thread, shares) for result in results]
