"""A forked worker has connections and locks of its own, or says that it cannot have them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from vestibule.foundation.database import Database


@pytest.mark.skipif(sys.platform == "win32", reason="nothing forks there")
@pytest.mark.parametrize("parent", ["idle", "writing"])
def test_parent_and_child_work_on_after_a_fork(
    database: Database, database_url: str, parent: str
) -> None:
    python = [sys.executable, "-W", "ignore::DeprecationWarning"]
    ended = subprocess.run(
        [*python, "-m", "tests.foundation.forking", parent, database_url],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
