"""A database in a file, for applications whose tests had theirs in memory."""

import atexit
import functools
import shutil
import tempfile
from pathlib import Path

from vestibule.migrations import upgrade_database
from vestibule.testing.application import refuse_outside_tests


def temporary_database(folder: Path) -> str:
    """The URL of a new SQLite file in ``folder`` that has Vestibule's tables and nothing else.

    Raises RuntimeError outside tests.
    """
    refuse_outside_tests()
    handle, path = tempfile.mkstemp(prefix="vestibule-", suffix=".db", dir=folder)
    with open(handle, "wb") as file:
        file.write(_empty())
    return f"sqlite:///{path}"


@functools.cache
def _empty() -> bytes:
    """Made once, since a copy costs a hundredth of the migrations."""
    folder = Path(tempfile.mkdtemp(prefix="vestibule-testing-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = folder / "empty.db"
    upgrade_database(f"sqlite:///{path}")
    return path.read_bytes()
