"""The sealer: every event comes under one seal, whoever seals, is killed, or commits late."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from tests.audit.log import Log
from tests.stories import HostMaker
from tests.support.host_tables import copy_of_empty_sqlite
from tests.support.races import at_once, wait_for
from tests.support.visitor import Visitor
from vestibule import wiring
from vestibule.audit import sealing
from vestibule.audit.models import Event, SealedEvent
from vestibule.audit.sealer import Sealer
from vestibule.foundation.database import Unavailable

pytestmark = pytest.mark.requirement("LOG-7")


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    log = Log(copy_of_empty_sqlite(tmp_path / "log.db"))
    yield log
    log.closes()


@pytest.fixture
def everywhere(database_url: str) -> Iterator[Log]:
    log = Log.new(database_url)
    yield log
    log.closes()


def covered(log: Log) -> list[str]:
    return sorted(identity for seal in log.sealed() for identity in seal.events)


def test_many_sealers_at_once_put_every_event_under_one_seal(everywhere: Log) -> None:
    everywhere.happens(1500)
    others = [everywhere.again() for _ in range(6)]
    found = at_once([other.seals for other in others])
    everywhere.happens(3)
    everywhere.seals()
    assert sum(count or 0 for count in found) == 1500
    assert found.count(1500) == 1, "one of them did it, the others left it to that one"
    assert covered(everywhere) == sorted(everywhere.ids())
    assert everywhere.troubles() == []
    for other in others:
        other.closes()


def test_a_sealer_whose_lease_ran_out_meanwhile_takes_no_number_twice(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was stopped just before its write, and another one did the same work."""
    log = Log.new(postgresql_url)
    log.happens(3)
    other, insert_new = log.again(), sealing.insert_new

    def after_the_other(*given: object, **values: object) -> bool:
        if "number" in values:
            monkeypatch.setattr(sealing, "insert_new", insert_new)
            at_once([seals_in_its_place])
        return insert_new(*given, **values)  # type: ignore[arg-type]

    def seals_in_its_place() -> None:
        log.clock.moves(minutes=1)
        assert other.seals() == 3

    monkeypatch.setattr(sealing, "insert_new", after_the_other)
    assert log.seals() == 0
    assert len(log.sealed()) == 1
    assert log.troubles() == []
    other.closes()
    log.closes()


@pytest.mark.parametrize("writes", [1, 2, 4])
def test_a_sealer_that_is_killed_leaves_nothing_half_done(
    log: Log, monkeypatch: pytest.MonkeyPatch, writes: int
) -> None:
    """Between its lease and its seal, within the first seal's transaction, within the second's."""
    log.happens(1200)
    monkeypatch.setattr(log.services.database.__class__, "write", killed_at(log, writes))
    with pytest.raises(KeyboardInterrupt):
        log.seals()
    monkeypatch.undo()
    assert log.troubles() == []
    assert log.again().seals() is None, "its lease lasts a while"
    log.clock.moves(seconds=31)
    left = 1200 - len(covered(log))
    assert left == (200 if writes == 4 else 1200)
    assert log.seals() == left
    assert covered(log) == sorted(log.ids())
    assert log.troubles() == []


def killed_at(log: Log, number: int) -> Callable[..., object]:
    """The process dies in the transaction behind so many others, before it is committed."""
    whole, begun = type(log.services.database).write, []

    @contextmanager
    def write(database: object) -> Iterator[object]:
        begun.append(1)
        with whole(database) as connection:  # type: ignore[arg-type]
            yield connection
            if len(begun) > number:
                raise KeyboardInterrupt

    return write


def test_a_late_event_is_no_alarm_and_is_sealed_later(postgresql_url: str) -> None:
    log = Log.new(postgresql_url)
    log.happens(2)
    other = log.again()
    with other.happens_late(timedelta(minutes=5)):
        assert log.seals() == 2
        log.happens(1)
        assert log.seals() == 1
        assert log.troubles() == []
    found, looked = log.look()
    assert found == []
    assert looked.waiting == 1
    assert log.seals() == 1
    assert covered(log) == sorted(log.ids())
    assert log.troubles() == []
    other.closes()
    log.closes()


def test_an_event_that_comes_a_day_late_is_sealed_when_the_whole_log_is_looked_through(
    log: Log,
) -> None:
    log.happens(1)
    log.seals()
    with log.happens_late(timedelta(hours=12)):
        pass
    assert log.seals() == 0, "it looks only an hour back, so that it costs nothing"
    log.clock.moves(hours=25)
    assert log.seals() == 1


def test_the_command_looks_through_the_whole_log(log: Log) -> None:
    log.happens(1)
    log.seals()
    with log.happens_late(timedelta(days=300)):
        pass
    assert log.seals(whole=True) == 1


def test_a_node_that_lives_in_the_future_hides_no_event(log: Log) -> None:
    with log.happens_late(-timedelta(days=300)):
        pass
    log.seals()
    log.happens(1)
    assert log.seals() == 1


def test_times_of_a_seal_that_somebody_changed_keep_no_event_from_sealing(log: Log) -> None:
    log.happens(1)
    log.seals()
    later = "2999-01-01 00:00:00.000000"
    log.sql("UPDATE vestibule_event_seal SET until = :later, made_at = :later", later=later)
    log.happens(1)
    assert log.seals() == 1


def test_a_sealer_that_lived_in_the_future_keeps_nobody_from_sealing(log: Log) -> None:
    log.happens(1)
    log.seals()
    log.sql("UPDATE vestibule_event_sealer SET ends_at = '2999-01-01 00:00:00.000000'")
    log.sql("UPDATE vestibule_event_sealer SET looked_at = '2999-01-01 00:00:00.000000'")
    with log.happens_late(timedelta(days=2)):
        pass
    assert log.seals() == 1


def test_events_from_before_signatures_are_covered_from_the_first_seal_on(log: Log) -> None:
    log.happens(1500)
    log.sql("UPDATE vestibule_event SET key_id = NULL, mac = NULL")  # as an upgrade finds them
    log.happens(5)
    assert len(log.troubles()) == 1500
    assert log.seals() == 1505
    found, looked = log.look()
    assert found == []
    assert looked.unsigned == 1500
    assert [seal.opening for seal in log.sealed()] == [True, True]
    log.sql("UPDATE vestibule_event SET result = 'x' WHERE id = :id", id=log.ids()[700])
    (found_one,) = log.troubles()
    assert log.ids()[700] in found_one


def test_after_the_first_seals_an_event_without_signature_is_an_alarm(log: Log) -> None:
    log.happens(1)
    log.seals()
    log.happens(2)
    log.sql("UPDATE vestibule_event SET key_id = NULL, mac = NULL WHERE id = :id", id=log.ids()[-1])
    assert log.seals() == 1
    (found,) = log.troubles()
    assert "was inserted or changed" in found


def test_where_nothing_happened_there_is_no_new_seal(log: Log) -> None:
    assert log.seals() == 0
    log.happens(1)
    log.seals()
    assert log.seals() == 0
    assert len(log.sealed()) == 1


# In a running process


def test_what_a_request_wrote_is_sealed_behind_its_answer(
    make: HostMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = make()
    monkeypatch.setattr(wiring, "a_test_runs", lambda: False)
    monkeypatch.setattr(host.app.extensions["vestibule"].sealer, "_every", 0.0)
    nina = Visitor.new(host, "nina")
    nina.enters_password()

    def all_is_sealed() -> bool:
        # What is written while a seal is made without a minute between comes under the next one.
        nina.opens("/login")
        return len(host.rows(SealedEvent)) == len(host.rows(Event)) > 0

    wait_for(all_is_sealed)
    wait_for(lambda: not [one for one in threading.enumerate() if one.name == "vestibule-seal"])


def test_where_a_test_runs_nothing_is_sealed_behind_its_back(make: HostMaker) -> None:
    host = make()
    Visitor.new(host, "nina").enters_password()
    assert not host.app.extensions["vestibule"].sealer.is_due


def test_a_process_seals_once_for_any_number_of_answers() -> None:
    sealed, enough = [], threading.Event()

    def seal() -> None:
        sealed.append(1)
        enough.set()

    sealer = Sealer(seal, every=0.01)
    for _ in range(50):
        sealer.soon()
    assert enough.wait(60)
    wait_for(lambda: not sealer.is_due)
    sealer.soon()
    wait_for(lambda: len(sealed) >= 2)


@pytest.mark.parametrize(
    ("error", "told"), [(Unavailable("gone"), ""), (RuntimeError("a"), "could not be sealed")]
)
def test_trouble_while_sealing_is_no_trouble_of_a_request(
    caplog: pytest.LogCaptureFixture, error: Exception, told: str
) -> None:
    caplog.set_level(logging.ERROR)
    tried = threading.Event()

    def seal() -> None:
        tried.set()
        raise error

    sealer = Sealer(seal, every=0.0)
    sealer.soon()
    assert tried.wait(60)
    wait_for(lambda: not [one for one in threading.enumerate() if one.name == "vestibule-seal"])
    assert told in caplog.text
    assert bool(told) == bool(caplog.text)
    assert not sealer.is_due
