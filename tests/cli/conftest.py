"""Fixtures of the command line's tests."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def umask() -> Iterator[None]:
    """A command that runs in this process sets the mask for files; the next test gets its own."""
    before = os.umask(0o022)
    yield
    os.umask(before)
