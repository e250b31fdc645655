"""Programs of the operating system that a test needs."""

from __future__ import annotations

import os
import shutil

import pytest


def needed(program: str) -> str:
    """The path of the program. Without it the test is skipped, or fails where all are required."""
    path = shutil.which(program, path=os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin")
    if path is not None:
        return path
    if os.environ.get("VESTIBULE_REQUIRE_ALL") == "1":
        pytest.fail(f"{program} is missing, and VESTIBULE_REQUIRE_ALL=1 asks for every program")
    pytest.skip(f"{program} is missing: make test-system as root on Debian installs it")
