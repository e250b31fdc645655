"""The code of earlier commits, from the history of this repository."""

from __future__ import annotations

import os
import subprocess
import tarfile
from io import BytesIO
from pathlib import Path

import pytest

HERE = Path(__file__).parents[2]

LAST_BEFORE = {
    "0011": "02c9a98c5abe707c2e3751af0754f6931b511b5d",
    "0013": "53cc7a334e0681eaefa3e31c26234e177cf66756",
}
"""The last commit whose code does not know the revision. Of a released version: the release's."""


def older_code(commit: str, folder: Path) -> Path:
    """What to put into ``PYTHONPATH`` to run the code of that commit.

    In a shallow clone it is asked of where the clone came from. Without it the test is skipped, or
    fails where all is required.
    """
    archive = _archive(commit)
    if archive is None:
        _git("fetch", "--quiet", "--depth=1", "origin", commit)
        archive = _archive(commit)
    if archive is None:
        sentence = f"commit {commit} is not in this clone: git fetch --unshallow"
        if os.environ.get("VESTIBULE_REQUIRE_ALL") == "1":
            pytest.fail(sentence)
        pytest.skip(sentence)
    with tarfile.open(fileobj=BytesIO(archive)) as files:
        # Of our own commit: no filter is needed, and Python 3.11 had none at first.
        files.extractall(folder)  # noqa: S202
    return folder / "src"


def _archive(commit: str) -> bytes | None:
    done = _git("archive", "--format=tar", commit, "src")
    return done.stdout if done.returncode == 0 else None


def _git(*words: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["git", "-C", HERE, *words], capture_output=True, check=False)
