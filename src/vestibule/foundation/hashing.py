"""Password hashing with argon2id, only so much of it at once on one machine (HASH-1, HASH-7)."""

import base64
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError, VerifyMismatchError

from vestibule.foundation.forks import tell_of_forks
from vestibule.foundation.hashing_queue import Busy as Busy
from vestibule.foundation.hashing_queue import SlotQueue
from vestibule.foundation.hashing_threads import HashingThreads
from vestibule.foundation.slot_files import SlotFiles

# OWASP ASVS 5.0, appendix C: at least one of these pairs, with one lane.
_FLOOR = {1: 47104, 2: 19456, 3: 12288}  # time cost: KiB of memory


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
        """`slots`: hashes at once on this machine, by all processes that share `folder` together,
        and one more for known browsers.

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
        self._everybody = SlotQueue(SlotFiles(folder, slots), waiting=waiting, wait=wait)
        # It has one more that nobody else takes, and may take any other too.
        self._reserve = SlotQueue(SlotFiles(folder, slots, "known"), waiting=1, wait=wait)
        self._argon2 = PasswordHasher(
            time_cost=time_cost, memory_cost=memory_kib, parallelism=1, hash_len=32, salt_len=16
        )
        self._dummy = _hash_of_nothing(time_cost, memory_kib)
        self._threads = HashingThreads(slots + 1)
        tell_of_forks(self)

    @contextmanager
    def slot(self, *, for_known: bool = False) -> Iterator["Slot"]:
        """Waits for a slot and gives it back at the end of the block. Raises Busy.

        `for_known`: the browser signed in to this account before. For those one slot more is kept,
        and one thread of each process may wait for it, however many strangers come (P4).
        """
        everybody = self._everybody
        with self._reserve.held(otherwise=everybody) if for_known else everybody.held():
            yield Slot(self._argon2, self._dummy, self._threads)

    def refuse_if_full(self) -> None:
        """Raises Busy where `slot` would, at once, for whoever is not known."""
        self._everybody.refuse_if_full()

    def before_fork(self) -> None:
        """Nothing: the parent's threads keep what they hold."""

    def after_fork_in_child(self) -> None:
        """The child has none of the parent's threads, so none of their slots."""
        self._everybody.after_fork_in_child()
        self._reserve.after_fork_in_child()
        self._threads.after_fork_in_child()


class Slot:
    """The right to hash, one after the other, as long as the block of `Hasher.slot` lasts."""

    def __init__(self, argon2: PasswordHasher, dummy: str, threads: HashingThreads) -> None:
        self._argon2 = argon2
        self._dummy = dummy
        self._threads = threads

    def hash(self, password: str) -> str:
        """The PHC string, with a new 128-bit salt (HASH-4). The text is hashed as it is."""
        return self._threads.run(partial(self._argon2.hash, _bytes(password)))

    def verify(self, stored: str | None, password: str) -> bool:
        """Whether the password is the stored one; constant time, by argon2 (HASH-8).

        None (there is no such account) and a malformed hash cost one hash too, and are False, so
        that time tells nothing (promise P8).
        """
        try:
            return self._threads.run(
                partial(
                    self._argon2.verify, self._dummy if stored is None else stored, _bytes(password)
                )
            )
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
