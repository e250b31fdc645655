"""Events counted by day: each once, when it is under a seal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial

import pytest

from tests.audit.log import ORIGIN, Log
from tests.support.races import at_once
from vestibule.admin_pages.overview import SHOWN
from vestibule.audit import counting, purging, sealing
from vestibule.audit.counting import COUNTED, Counts, count_sealed, counts_since
from vestibule.audit.flows import record
from vestibule.audit.values import EventKind, Result


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


def counts(log: Log) -> Counts:
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


def test_what_is_counted_is_what_the_charts_know() -> None:
    assert list(SHOWN) == list(COUNTED)


def test_what_an_older_version_sealed_is_counted_once_by_whoever_comes(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as older:
        older.setattr(sealing, "count_sealed", lambda services: None)
        for _ in range(3):
            fails(log, 2)
            log.clock.moves(days=1)
            fails(log, 3)
            log.seals()
    assert counts(log) == {}
    monkeypatch.setattr(counting, "AT_A_TIME", 2)
    others = [log.again() for _ in range(4)]
    at_once([partial(count_sealed, other.services) for other in others])
    count_sealed(log.services)
    assert sorted(counts(log).values()) == [2, 3, 5, 5]
    for other in others:
        other.closes()


def test_what_is_purged_was_counted_before(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as older:
        older.setattr(sealing, "count_sealed", lambda services: None)
        fails(log, 5)
        log.seals()
        log.clock.moves(days=1)
        fails(log, 1)
        log.seals()
    plan = purging.plan_of(log.services, older_than=log.clock.now())
    assert plan
    purging.purge(log.services, log.services.database, plan)
    assert sum(counts(log).values()) == 6
