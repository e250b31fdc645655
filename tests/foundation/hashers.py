"""What racers and other programs do with hashing slots."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from vestibule.foundation.hashing import Hasher


class HashingAlone:
    """``runner(number)``: whether nobody else on this machine hashed at the same time."""

    def __init__(self, folder: Path, slots: int) -> None:
        self.hasher = Hasher.cheap_for_tests(folder, slots=slots, wait=60.0)
        self.mark = folder / "somebody is hashing"

    def __call__(self, number: int) -> bool:
        with self.hasher.slot() as slot:
            try:
                os.close(os.open(self.mark, os.O_CREAT | os.O_EXCL))
            except FileExistsError:
                return False
            slot.hash("a password")
            time.sleep(0.002)  # long enough to be seen by whoever comes in too
            self.mark.unlink()
            return True


class HashingInTurn:
    """``runner(number)``: the process that got the slot, when (monotonic, the same for all)."""

    def __init__(self, folder: Path) -> None:
        self.hasher = Hasher.cheap_for_tests(folder, slots=1, wait=60.0)

    def __call__(self, number: int) -> tuple[float, int]:
        with self.hasher.slot():
            time.sleep(0.005)
            return time.monotonic(), os.getpid()


def hold_a_slot(folder: Path) -> None:
    """Take the only slot, say so, and keep it until killed."""
    with Hasher.cheap_for_tests(folder, slots=1).slot():
        sys.stdout.write("held\n")
        sys.stdout.flush()
        time.sleep(600)


if __name__ == "__main__":
    hold_a_slot(Path(sys.argv[1]))
