"""A purge deletes whole seals of old events; the rest can be verified, and nothing is hidden."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.audit.log import Log
from tests.support.host_tables import copy_of_empty_sqlite
from vestibule.audit import purging
from vestibule.audit.purging import NothingSealed, Plan, plan_of, purge

pytestmark = pytest.mark.requirement("LOG-8")


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    log = Log(copy_of_empty_sqlite(tmp_path / "log.db"))
    yield log
    log.closes()


def lives_for_days(log: Log, days: int) -> None:
    for _ in range(days):
        log.happens(3)
        log.seals()
        log.clock.moves(days=1)


def planned(log: Log, days: float) -> Plan | None:
    return plan_of(log.services, log.clock.now() - timedelta(days=days))


def purges(log: Log, days: float) -> Plan:
    plan = planned(log, days)
    assert plan
    purge(log.services, log.services.database, plan)
    return plan


@pytest.fixture
def everywhere(database_url: str) -> Iterator[Log]:
    log = Log.new(database_url)
    yield log
    log.closes()


@pytest.mark.requirement("LOG-7")
def test_what_is_left_is_still_a_chain(everywhere: Log) -> None:
    lives_for_days(everywhere, 6)
    exported = everywhere.sealed()
    assert purges(everywhere, 3.5) == Plan(3, exported[2].hash, 3, 9)
    assert [seal.number for seal in everywhere.sealed()] == [4, 5, 6]
    assert len(everywhere.ids()) == 10  # nine, and that of the purge
    assert everywhere.troubles(exported) == []
    lives_for_days(everywhere, 2)
    purges(everywhere, 3.5)
    assert everywhere.troubles(exported) == []


def test_the_newest_seal_always_stays(log: Log) -> None:
    lives_for_days(log, 2)
    log.clock.moves(days=1000)
    purges(log, 30)
    assert [seal.number for seal in log.sealed()] == [2]
    assert planned(log, 30) is None
    lives_for_days(log, 1)
    assert log.troubles() == []


def test_a_seal_with_one_younger_event_stays_and_all_behind_it(log: Log) -> None:
    log.happens(1)
    with log.happens_late(-timedelta(days=100)):
        pass
    log.seals()
    lives_for_days(log, 5)
    assert planned(log, 2) is None


def test_without_seals_nothing_can_go(log: Log) -> None:
    log.happens(3)
    log.clock.moves(days=1000)
    with pytest.raises(NothingSealed):
        planned(log, 30)


def test_a_purge_that_is_killed_leaves_a_right_chain(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    lives_for_days(log, 6)
    delete = purging._delete

    def killed(connection: object, number: int) -> int:
        if number == 2:
            raise KeyboardInterrupt
        return delete(connection, number)  # type: ignore[arg-type]

    monkeypatch.setattr(purging, "_delete", killed)
    with pytest.raises(KeyboardInterrupt):
        purges(log, 3.5)
    monkeypatch.undo()
    assert [seal.number for seal in log.sealed()] == [2, 3, 4, 5, 6]
    assert log.troubles() == []
    purges(log, 3.5)
    assert log.troubles() == []


@pytest.mark.requirement("LOG-7")
def test_whoever_has_no_key_cannot_purge(log: Log) -> None:
    lives_for_days(log, 6)
    for table, number in (("sealed_event", "seal"), ("event_seal", "number")):
        log.sql(f"DELETE FROM vestibule_{table} WHERE {number} <= 2")  # noqa: S608
    assert "Seals 1 to 2 are missing" in log.troubles()[0]


@pytest.mark.requirement("LOG-7")
def test_a_purge_hides_nothing_that_was_removed_after_it(log: Log) -> None:
    lives_for_days(log, 6)
    purges(log, 3.5)
    log.sql("DELETE FROM vestibule_sealed_event WHERE seal = 4")
    log.sql("DELETE FROM vestibule_event_seal WHERE number = 4")
    assert "Seal 4 is missing" in log.troubles()[0]


@pytest.mark.requirement("LOG-7")
def test_the_mark_of_a_purge_is_believed_only_if_it_is_signed(log: Log) -> None:
    lives_for_days(log, 6)
    purges(log, 3.5)
    log.sql(
        "UPDATE vestibule_event SET details = replace(details, '3', '5')"
        " WHERE kind = 'audit.purged'"
    )
    found = log.troubles()
    assert "Seals 1 to 3 are missing" in found[0]


def test_all_seals_gone_after_a_purge_is_an_alarm(log: Log) -> None:
    lives_for_days(log, 6)
    purges(log, 3.5)
    log.sql("DELETE FROM vestibule_sealed_event")
    log.sql("DELETE FROM vestibule_event_seal")
    assert log.troubles() == ["All seals are gone. After a purge the newest one is always left."]
