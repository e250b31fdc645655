"""The fixtures that pytest finds where Vestibule is installed; ``app`` is the host's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from vestibule.testing.application import put_in_place
from vestibule.testing.clock import MovableClock, movable_clock
from vestibule.testing.databases import temporary_database
from vestibule.testing.hashes import cheap_hashes


@pytest.fixture
def vestibule_clock(app: Flask) -> Iterator[MovableClock]:
    """The clock of the fixture ``app``: it stands still until ``vestibule_clock.moves(...)``."""
    before = app.extensions["vestibule"].runtime.services.clock
    yield movable_clock(app)
    put_in_place(app, clock=before)


@pytest.fixture
def vestibule_cheap_hashes(app: Flask) -> Iterator[None]:
    """Hashes that Vestibule makes for the fixture ``app`` cost nothing."""
    before = app.extensions["vestibule"].runtime.services.hasher
    cheap_hashes(app)
    yield
    put_in_place(app, hasher=before)


@pytest.fixture
def vestibule_database(tmp_path: Path) -> str:
    """The URL of a SQLite file for one test: for ``SQLALCHEMY_DATABASE_URI``, or, where the
    application's own database stays in memory, for ``VESTIBULE_DATABASE``.
    """
    return temporary_database(tmp_path)
