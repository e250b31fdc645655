"""Hashes that cost nothing, so that a thousand tests do not wait for them."""

import atexit
import functools
import shutil
import tempfile
from pathlib import Path

from flask import Flask

from vestibule.foundation.hashing import Hasher
from vestibule.testing.application import put_in_place, refuse_outside_tests


def cheap_hashes(app: Flask) -> None:
    """Let everything that Vestibule hashes for ``app`` from now on cost almost nothing: backup
    codes, and passwords by ``attempt.hash`` and ``spending``. Such hashes protect nothing.

    Raises RuntimeError outside tests.
    """
    refuse_outside_tests()
    put_in_place(app, hasher=Hasher.cheap_for_tests(_folder_of_this_process()))


@functools.cache
def _folder_of_this_process() -> Path:
    """For the slots' lock files: test processes side by side do not wait for each other."""
    folder = Path(tempfile.mkdtemp(prefix="vestibule-testing-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
