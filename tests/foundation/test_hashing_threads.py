"""Hashing happens behind everything else, and takes the memory of its slots and no more."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from vestibule.foundation.hashing import Hasher
from vestibule.foundation.hashing_threads import HashingThreads

ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="a niceness is a process's there")

TWELVE_THREADS = """
import resource, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from vestibule.foundation.hashing import Hasher

hasher = Hasher(slots=1, waiting=12, folder=Path(sys.argv[1]), wait=60)
everybody_is_there = Barrier(12)

def hash_once(_):
    everybody_is_there.wait()
    with hasher.slot() as slot:
        slot.hash("a password")

def most():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

before = most()
with ThreadPoolExecutor(12) as pool:
    list(pool.map(hash_once, range(12)))
print(most() - before)
"""


@ON_LINUX
@pytest.mark.requirement("HASH-7")
def test_twelve_threads_that_hash_in_turn_take_the_memory_of_one_slot(tmp_path: Path) -> None:
    program = [sys.executable, "-c", TWELVE_THREADS, str(tmp_path)]
    grown = subprocess.run(program, capture_output=True, text=True, timeout=60, check=True)
    assert int(grown.stdout) < 3 * 19  # MiB


def test_whoever_asks_they_are_as_few_as_slots() -> None:
    threads = HashingThreads(2)
    with ThreadPoolExecutor(8) as pool:
        used = set(pool.map(lambda _: threads.run(threading.get_ident), range(40)))
    assert len(used) <= 2


@ON_LINUX
def test_they_stand_back_behind_those_that_answer() -> None:
    def niceness() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    before = niceness()
    assert HashingThreads(1).run(niceness) == min(19, before + 10)
    assert niceness() == before


def test_what_a_hash_raises_is_raised(tmp_path: Path) -> None:
    with Hasher.cheap_for_tests(tmp_path).slot() as slot, pytest.raises(AttributeError):
        slot.hash(None)  # type: ignore[arg-type]


FORKING = """
import os, sys
from pathlib import Path
from vestibule.foundation.hashing import Hasher

hasher = Hasher.cheap_for_tests(Path(sys.argv[1]))
with hasher.slot() as slot:
    slot.hash("in the parent")
child = os.fork()
with hasher.slot() as slot:
    slot.hash("in both")
if child:
    sys.exit(os.waitpid(child, 0)[1])
os._exit(0)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no forks there")
def test_a_forked_child_hashes_too(tmp_path: Path) -> None:
    program = [sys.executable, "-c", FORKING, str(tmp_path)]
    subprocess.run(program, timeout=60, check=True)
