"""Password hashing with argon2id, only so much of it at once on one machine (HASH-1, HASH-7)."""

import base64
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError, VerifyMismatchError

from vestibule.foundation.forks import tell_of_forks
from vestibule.foundation.slot_files import SlotFiles

# OWASP ASVS 5.0, appendix C: at least one of these pairs, with one lane.
_FLOOR = {1: 47104, 2: 19456, 3: 12288}  # time cost: KiB of memory


class Busy(Exception):
    """All hashing slots are taken. The web answers 503; nothing was spent or compared."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("All hashing slots of this machine are taken.")
        self.retry_after = retry_after  # seconds


class Hasher:
    """Hands out the machine's few hashing slots; whoever holds one may hash."""

    def __init__(
        self,
        *,
        slots: int,
        waiting: int,
        folder: Path,
        wait: float = 5.0,
        time_cost: int = 2,
        memory_kib: int = 19456,
    ) -> None:
        """`slots`: hashes at once on this machine, by all processes that share `folder` together.

        `waiting`: how many threads of this process may hold or wait for a slot, so that others stay
        for pages without hashing; `wait`: seconds until a waiting one gives up.
        Raises ValueError below the floor of ASVS 5.0 appendix C, or for a folder we cannot use.
        """
        if memory_kib < _FLOOR.get(min(time_cost, 3), memory_kib + 1):
            raise ValueError(
                f"argon2id with {memory_kib} KiB and {time_cost} rounds is too cheap to guess. Use"
                " 19456 KiB and 2 rounds, or more."
            )
        self._set_up(slots, waiting, folder, wait, time_cost, memory_kib)

    @classmethod
    def cheap_for_tests(
        cls, folder: Path, *, slots: int = 4, waiting: int = 64, wait: float = 5.0
    ) -> "Hasher":
        """A hasher whose hashes cost almost nothing and protect nothing."""
        hasher = cls.__new__(cls)
        hasher._set_up(slots, waiting, folder, wait, time_cost=1, memory_kib=8)
        return hasher

    def _set_up(
        self, slots: int, waiting: int, folder: Path, wait: float, time_cost: int, memory_kib: int
    ) -> None:
        if slots < 1 or waiting < 1:
            raise ValueError("There must be at least one hashing slot, and one thread to use it.")
        self._slots = slots
        self._waiting = waiting
        self._wait = wait
        self._files = SlotFiles(folder, slots)
        self._argon2 = PasswordHasher(
            time_cost=time_cost, memory_cost=memory_kib, parallelism=1, hash_len=32, salt_len=16
        )
        self._dummy = _hash_of_nothing(time_cost, memory_kib)
        self._make_queues()
        tell_of_forks(self)

    @contextmanager
    def slot(self) -> Iterator["Slot"]:
        """Waits for a slot and gives it back at the end of the block. Raises Busy."""
        deadline = time.monotonic() + self._wait
        # Taken once: after a fork the child has new ones, and its block must not end the parent's.
        admission, turn = self._admission, self._turn
        if not admission.acquire(blocking=False):
            raise self._busy()
        try:
            # The threads of one process queue here, so that at most `slots` of them look at files.
            if not turn.acquire(timeout=self._wait):
                raise self._busy()
            try:
                held = self._take_file(deadline)
                try:
                    yield Slot(self._argon2, self._dummy)
                finally:
                    self._files.give_back(held)
            finally:
                turn.release()
        finally:
            admission.release()

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

    def _make_queues(self) -> None:
        self._admission = threading.Semaphore(self._waiting)
        self._turn = threading.Semaphore(self._slots)

    def before_fork(self) -> None:
        """Nothing: the parent's threads keep what they hold."""

    def after_fork_in_child(self) -> None:
        """The child has none of the parent's threads, so none of their slots."""
        self._make_queues()
        self._files.let_go()


class Slot:
    """The right to hash, one after the other, as long as the block of `Hasher.slot` lasts."""

    def __init__(self, argon2: PasswordHasher, dummy: str) -> None:
        self._argon2 = argon2
        self._dummy = dummy

    def hash(self, password: str) -> str:
        """The PHC string, with a new 128-bit salt (HASH-4). The text is hashed as it is."""
        return self._argon2.hash(_bytes(password))

    def verify(self, stored: str | None, password: str) -> bool:
        """Whether the password is the stored one; constant time, by argon2 (HASH-8).

        None (there is no such account) and a malformed hash cost one hash too, and are False, so
        that time tells nothing (promise P8).
        """
        try:
            return self._argon2.verify(self._dummy if stored is None else stored, _bytes(password))
        except VerifyMismatchError:
            return False
        except (Argon2Error, InvalidHashError, UnicodeEncodeError):
            return self.verify(None, password)

    def needs_rehash(self, stored: str) -> bool:
        """Whether the hash was made at another cost than today's (HASH-6)."""
        try:
            return self._argon2.check_needs_rehash(stored)
        except InvalidHashError:
            return True


def default_slots() -> int:
    """The usable cores but one, at least one: pages that need no hashing keep a core."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, (cores or 1) - 1)


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")


def _hash_of_nothing(time_cost: int, memory_kib: int) -> str:
    """A PHC string of today's cost with random bytes as its hash: no password has it."""
    salt, digest = (base64.b64encode(os.urandom(n)).rstrip(b"=").decode() for n in (16, 32))
    return f"$argon2id$v=19$m={memory_kib},t={time_cost},p=1${salt}${digest}"
