"""A few locked files that every process on this machine shares: who holds a lock holds a slot.

The kernel lets go of a lock when its process dies, so a killed worker never keeps a slot.
"""

import os
import struct
import sys
import time
from pathlib import Path

if sys.platform != "win32":
    import fcntl

_POLL = 0.002  # seconds between two looks at the files
_COURTESY = 0.004  # seconds; longer than a poll, so that the other process's next look comes first
_WISH = struct.Struct("=qd")  # process id, when (the monotonic clock, which processes share)


class SlotFiles:
    """Files in a folder. Without file locks (Windows) every process is on its own."""

    def __init__(self, folder: Path, count: int, *also: str) -> None:
        """`also`: names of further slots, which only who knows them looks at, and first.

        Makes the folder, for its owner only. Raises ValueError where that fails.
        """
        names = [*also, *map(str, range(count))]
        self.count = len(names)
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._paths = [folder / f"hashing-slot-{name}" for name in names]
            for path in self._paths:
                os.close(_open(path))
            self._wishes = _open(folder / "hashing-slot-wishes")
        except OSError as error:
            raise ValueError(f"{folder} cannot hold the hashing slots: {error}") from error
        self._held: set[int] = set()

    if sys.platform == "win32":

        def take(self, _deadline: float) -> int | None:
            """Without file locks there is nothing to wait for."""
            return 0

        def give_back(self, _held: int) -> None:
            """Without file locks there is nothing to give back."""

    else:

        def take(self, deadline: float) -> int | None:
            """A free slot, for `give_back`; None if there was none until the deadline (monotonic).

            Raises OSError where the files cannot be opened.
            """
            if self._somebody_else_waits():
                time.sleep(_COURTESY)
            held = self._try_all()
            while held is None and time.monotonic() < deadline:
                os.pwrite(self._wishes, _WISH.pack(os.getpid(), time.monotonic()), 0)
                time.sleep(_POLL)
                held = self._try_all()
            return held

        def give_back(self, held: int) -> None:
            if held in self._held:
                self._held.discard(held)
                # Said, not only closed: a child forked meanwhile may have the file open too.
                fcntl.flock(held, fcntl.LOCK_UN)
                os.close(held)

        def _try_all(self) -> int | None:
            for path in self._paths:
                descriptor = _open(path)
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    os.close(descriptor)
                else:
                    self._held.add(descriptor)
                    return descriptor
            return None

        def _somebody_else_waits(self) -> bool:
            """Whether another process wished for a slot within the last few polls.

            Else a busy process takes its slot again before a polling one ever sees it free.
            """
            wish = os.pread(self._wishes, _WISH.size, 0)
            if len(wish) < _WISH.size:
                return False
            process, at = _WISH.unpack(wish)
            age: float = time.monotonic() - at
            return 0 <= age < 3 * _POLL and bool(process != os.getpid())

    def let_go(self) -> None:
        """For a forked child: closes what the parent holds, which then is the parent's alone."""
        for descriptor in self._held:
            os.close(descriptor)
        self._held = set()


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
