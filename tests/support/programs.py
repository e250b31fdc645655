"""Programs of the operating system that a test needs."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest


def needed(program: str) -> str:
    """The path of the program. Without it the test is skipped, or fails where all are required."""
    return _found(program, "/usr/sbin:/sbin")


def needed_of_postgresql(program: str) -> str:
    """As :func:`needed`, of the newest PostgreSQL; Debian keeps its programs out of the path."""
    folders = Path("/usr/lib/postgresql").glob("*/bin")
    newest = sorted(folders, key=lambda folder: int(folder.parent.name), reverse=True)
    return _found(program, os.pathsep.join(map(str, newest)))


def _found(program: str, also_in: str) -> str:
    path = shutil.which(program, path=f"{os.environ.get('PATH', os.defpath)}:{also_in}")
    if path is not None:
        return path
    if os.environ.get("VESTIBULE_REQUIRE_ALL") == "1":
        pytest.fail(f"{program} is missing, and VESTIBULE_REQUIRE_ALL=1 asks for every program")
    pytest.skip(f"{program} is missing: make test-system as root on Debian installs it")


def only_root_may(what: str, why: object) -> NoReturn:
    """Skips a test on a machine without the right; root without it fails where all is required."""
    if os.environ.get("VESTIBULE_REQUIRE_ALL") == "1" and os.geteuid() == 0:
        pytest.fail(f"{what} is not possible here ({why}), and VESTIBULE_REQUIRE_ALL=1 asks for it")
    pytest.skip(f"{what} needs root's rights: {why}")
