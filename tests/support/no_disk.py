"""SQLite files that no test takes the power from."""

from __future__ import annotations

import functools
import sqlite3
from typing import Any

import pytest
from sqlalchemy import Engine, event

from vestibule.foundation import engines


def wait_for_no_disk() -> None:
    """From now on, in this process: what is committed is with the operating system, which keeps it
    whatever is killed, and nobody waits until it is on the disk as well.
    """
    prepare = engines._prepare_sqlite

    @functools.wraps(prepare)
    def prepared(connection: sqlite3.Connection, record: object) -> None:
        prepare(connection, record)
        _waits_for_no_disk(connection, record)

    engines._prepare_sqlite = prepared
    # The engines of hosts; of ours, what is said last counts.
    event.listen(Engine, "connect", _waits_for_no_disk)


def waits_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """For one test: as it is on a site."""
    prepared: Any = engines._prepare_sqlite
    monkeypatch.setattr(engines, "_prepare_sqlite", prepared.__wrapped__)


def _waits_for_no_disk(connection: object, _record: object) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous=OFF")
