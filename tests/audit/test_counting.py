"""Events counted by day: each once, when it comes under a seal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from tests.audit.log import ORIGIN, Log
from tests.support.races import at_once
from vestibule.admin_pages.overview import SHOWN
from vestibule.audit.counting import COUNTED, counts_since
from vestibule.audit.flows import record
from vestibule.audit.values import EventKind, Result
from vestibule.migrations.versions.r0012_administration import COUNTED_ON


@pytest.fixture
def log(database_url: str) -> Iterator[Log]:
    log = Log.new(database_url)
    yield log
    log.closes()


def fails(log: Log, count: int) -> None:
    with log.services.database.write() as connection:
        for _ in range(count):
            now, kind = log.clock.now(), EventKind.PASSWORD_FAILED
            record(connection, now, kind, origin=ORIGIN, result=Result.FAILED)


def counts(log: Log) -> dict[tuple[str, str], int]:
    with log.services.database.read() as connection:
        return counts_since(connection, date(2000, 1, 1))


def test_each_event_is_counted_once_whoever_seals_and_however_late(log: Log) -> None:
    day = log.clock.now().date()
    fails(log, 1200)
    log.happens(2)  # of a kind that no chart shows
    others = [log.again() for _ in range(3)]
    at_once([other.seals for other in others])
    log.seals()
    assert counts(log) == {(f"{day}", "password.failed"): 1200}
    late = log.clock.now()
    log.clock.moves(days=1)
    with log.services.database.write() as connection:
        record(connection, late, EventKind.SIGNED_IN, origin=ORIGIN)
    fails(log, 1)
    log.seals(whole=True)
    assert counts(log) == {
        (f"{day}", "password.failed"): 1200,
        (f"{day}", "session.opened"): 1,
        (f"{day + timedelta(days=1)}", "password.failed"): 1,
    }
    for other in others:
        other.closes()


def test_what_is_counted_is_what_the_charts_and_the_upgrade_know() -> None:
    assert list(SHOWN) == list(COUNTED)
    for statement in COUNTED_ON.values():
        assert set(re.findall(r"'(\w+\.\w+)'", statement)) == {kind.value for kind in COUNTED}


def test_an_upgrade_counts_what_is_under_a_seal(log: Log) -> None:
    fails(log, 3)
    log.clock.moves(days=2)
    fails(log, 4)
    log.seals()
    counted = counts(log)
    fails(log, 5)
    log.sql("DELETE FROM vestibule_event_count")
    log.sql(COUNTED_ON[log.services.database.dialect])
    assert counts(log) == counted
    log.seals()
    assert sum(counts(log).values()) == 12
