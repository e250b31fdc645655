"""Only so much hashing at once on one machine, whoever starts it and however it ends."""

from __future__ import annotations

import itertools
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.foundation.hashers import HashingAlone, HashingInTurn
from tests.foundation.racers import PROCESSES, Racers
from vestibule.foundation.hashing import Busy, Hasher

NO_FILE_LOCKS = pytest.mark.skipif(sys.platform == "win32", reason="no file locks there")


class Holder(threading.Thread):
    """A thread that holds a slot until it is told to let go."""

    def __init__(self, hasher: Hasher) -> None:
        super().__init__(daemon=True)
        self._hasher = hasher
        self.holds, self.let_go = threading.Event(), threading.Event()

    def run(self) -> None:
        with self._hasher.slot():
            self.holds.set()
            self.let_go.wait()

    def __enter__(self) -> Holder:
        self.start()
        assert self.holds.wait(timeout=30)
        return self

    def __exit__(self, *_: object) -> None:
        self.let_go.set()
        self.join()


@pytest.mark.requirement("HASH-7")
@NO_FILE_LOCKS
def test_with_one_slot_two_processes_never_hash_at_once(tmp_path: Path, racers: Racers) -> None:
    alone = racers.race(HashingAlone, tmp_path, 1, times=120)
    assert alone == [True] * 120


@NO_FILE_LOCKS
def test_with_a_slot_for_everybody_they_do(tmp_path: Path, racers: Racers) -> None:
    # The control: the mark that the test above looks at does tell.
    alone = racers.race(HashingAlone, tmp_path, PROCESSES * 4, times=200)
    assert False in alone


@NO_FILE_LOCKS
def test_processes_take_turns(tmp_path: Path, racers: Racers) -> None:
    # Left to the polling, one process gives the slot from thread to thread: some 15 changes.
    took = [process for _, process in sorted(racers.race(HashingInTurn, tmp_path, times=160))]
    changes = sum(one != following for one, following in itertools.pairwise(took))
    assert changes > 50


@NO_FILE_LOCKS
def test_a_killed_process_frees_its_slot(tmp_path: Path) -> None:
    hasher = Hasher.cheap_for_tests(tmp_path, slots=1, wait=0.05)
    program = [sys.executable, "-m", "tests.foundation.hashers", str(tmp_path)]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(Busy), hasher.slot():
            pass
        holder.kill()  # SIGKILL: nothing in it could tidy up
        holder.wait()
        with hasher.slot() as slot:
            assert slot.verify(slot.hash("a password"), "a password")


def test_whoever_waits_too_long_is_told_when_to_come_again(tmp_path: Path) -> None:
    hasher = Hasher.cheap_for_tests(tmp_path, slots=1, wait=0.05)
    with Holder(hasher), pytest.raises(Busy) as told, hasher.slot():
        pass
    assert told.value.retry_after == 1
    with hasher.slot():
        pass


def test_over_the_number_of_waiting_threads_nobody_waits_at_all(tmp_path: Path) -> None:
    # One thread may hold or wait. The second would have ten years to wait for a slot.
    hasher = Hasher.cheap_for_tests(tmp_path, slots=1, waiting=1, wait=3e8)
    with Holder(hasher), pytest.raises(Busy), hasher.slot():
        pass
    with hasher.slot():
        pass


@NO_FILE_LOCKS
@pytest.mark.requirement("P4")
def test_one_slot_more_is_kept_for_known_browsers(tmp_path: Path) -> None:
    hasher = Hasher.cheap_for_tests(tmp_path, slots=1, waiting=1, wait=0.05)
    elsewhere = Hasher.cheap_for_tests(tmp_path, slots=1, waiting=1, wait=0.05)
    with Holder(hasher):
        with hasher.slot(for_known=True):
            # It is one, on the whole machine.
            with pytest.raises(Busy), hasher.slot(for_known=True):
                pass
            with pytest.raises(Busy), elsewhere.slot(for_known=True):
                pass
        with elsewhere.slot(for_known=True), pytest.raises(Busy), elsewhere.slot():
            pass


@NO_FILE_LOCKS
def test_a_known_browser_takes_any_slot_that_is_free(tmp_path: Path) -> None:
    hasher = Hasher.cheap_for_tests(tmp_path, slots=1, waiting=1, wait=0.05)
    with hasher.slot(for_known=True), hasher.slot(for_known=True):
        pass


def test_a_waiting_thread_gets_the_slot_that_comes_free(tmp_path: Path) -> None:
    hasher = Hasher.cheap_for_tests(tmp_path, slots=1, waiting=2, wait=60.0)
    with Holder(hasher) as first:
        second = Holder(hasher)
        second.start()
        assert not second.holds.wait(timeout=0.05)
        first.let_go.set()
        assert second.holds.wait(timeout=30)
        second.let_go.set()
        second.join()


def test_an_error_while_hashing_gives_the_slot_back(tmp_path: Path) -> None:
    hasher = Hasher.cheap_for_tests(tmp_path, slots=1, waiting=1, wait=0.05)
    for _ in range(2):
        with pytest.raises(OSError, match="boom"), hasher.slot():
            raise OSError("boom")


@NO_FILE_LOCKS
def test_without_its_folder_nobody_hashes_until_it_is_back(tmp_path: Path) -> None:
    folder = tmp_path / "slots"
    hasher = Hasher.cheap_for_tests(folder, slots=1)
    shutil.rmtree(folder)
    with pytest.raises(Busy), hasher.slot():
        pass
    folder.mkdir()
    with hasher.slot():
        pass


def test_a_folder_that_cannot_be_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="hashing slots"):
        Hasher.cheap_for_tests(tmp_path / "file")


@pytest.mark.parametrize(("slots", "waiting"), [(0, 1), (1, 0)])
def test_no_slots_or_no_threads_are_refused(tmp_path: Path, slots: int, waiting: int) -> None:
    with pytest.raises(ValueError, match="at least one"):
        Hasher.cheap_for_tests(tmp_path, slots=slots, waiting=waiting)


@NO_FILE_LOCKS
def test_the_folder_of_the_slots_is_its_owners_only(tmp_path: Path) -> None:
    Hasher.cheap_for_tests(tmp_path / "slots")
    assert (tmp_path / "slots").stat().st_mode & 0o077 == 0
    assert all(file.stat().st_mode & 0o077 == 0 for file in (tmp_path / "slots").iterdir())


FORKING = """
import os, sys
from pathlib import Path
from vestibule.foundation.hashing import Busy, Hasher

hasher = Hasher.cheap_for_tests(Path(sys.argv[1]), slots=1, wait=0.05)

def can_hash():
    try:
        with hasher.slot():
            return True
    except Busy:
        return False

def in_a_child(work):
    child = os.fork()
    if child == 0:
        os._exit(0 if work() else 1)
    return os.waitpid(child, 0)[1] == 0

with hasher.slot():
    assert in_a_child(lambda: not can_hash()), "the child took the slot that the parent holds"
    assert not can_hash(), "the child gave back what the parent holds"
assert in_a_child(can_hash), "the child believes that the slot is taken"

waiting, go_on = os.pipe()
with hasher.slot():
    child = os.fork()
    if child == 0:
        os.read(waiting, 1)
        os._exit(0)
assert can_hash(), "the child keeps what the parent gave back"
os.write(go_on, b".")
os.waitpid(child, 0)
"""


@NO_FILE_LOCKS
def test_a_forked_child_neither_has_nor_keeps_its_parents_slot(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", FORKING, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
