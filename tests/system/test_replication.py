"""A primary and its synchronous standby: what was answered is on both, whichever is lost."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.promises.running.test_outages import refused_kindly
from tests.support.demo_people import fill_with_people, people_of
from tests.support.person import Person
from tests.support.races import between_the_steps, filled_in, judged, wait_for
from tests.support.replicated_postgres import ReplicatedPostgres
from tests.support.rows_afterwards import Rows
from tests.support.running_site import RunningSite
from tests.support.under_load import ComingAndGoing
from vestibule import database_url

pytestmark = [
    pytest.mark.system,
    pytest.mark.requirement("P6"),
    pytest.mark.requirement("P9"),
]

Record = Callable[[str, object], None]


@pytest.fixture
def pair() -> Iterator[ReplicatedPostgres]:
    with ReplicatedPostgres.running() as running:
        yield running


@contextmanager
def site_on(
    pair: ReplicatedPostgres, folder: Path, people: int
) -> Iterator[tuple[RunningSite, list[Person]]]:
    """A site that knows both hosts by one address, and people who may sign in there."""
    papers = fill_with_people(folder / "instance", people=people, database=pair.url)
    with RunningSite(folder / "instance", database=pair.url) as site:
        site.database_url = database_url(pair.url)
        yield site, people_of(site, papers)
    assert "Traceback" not in site.said()


@pytest.mark.parametrize("turns", [1, pytest.param(10, marks=pytest.mark.soak)])
def test_a_primary_that_is_killed_takes_nothing_with_it_that_was_answered(
    pair: ReplicatedPostgres, tmp_path: Path, turns: int, record_property: Record
) -> None:
    away, back = [], []
    with site_on(pair, tmp_path, people=8 + 3 * turns) as (site, people):
        members, crowd = people[:turns], people[turns:]
        with ComingAndGoing(crowd, newcomers=12) as load:
            for turn, member in enumerate(members):
                if turn:
                    pair.renew_standby()
                load.comes_so_far(4)
                code = member.backup_codes[0]
                load.ledger.sent[member.username, "backup_code"] += 1
                [browser] = between_the_steps([member.in_another_browser()])
                last = judged(filled_in(browser, "/verify-2fa/backup-code", backup_code=code))()
                assert last.status_code == 303
                pair.primary.kill()

                killed = time.monotonic()
                refused = load.ledger.statuses.get(503, 0)
                wait_for(lambda before=refused: load.ledger.statuses.get(503, 0) >= before + 5)
                pair.take_over()
                promoted = time.monotonic()
                load.comes_so_far(4)  # and nobody told the site
                # An answer from before may be noted after the kill: not before the promotion.
                first = load.ledger.back_after(promoted)
                away.append(round(promoted - killed + first, 1))
                back.append(round(first, 1))

                assert browser.is_signed_in()
                [again] = between_the_steps([member.in_another_browser()])
                once_more = filled_in(again, "/verify-2fa/backup-code", backup_code=code)
                assert judged(once_more)().status_code == 422
        assert load.ledger.unkind() == {}
        assert Rows(site).wrong(load.ledger) == {}
    record_property("sessions that were answered, all of them there", len(load.ledger.opened))
    record_property("answers", load.ledger.statuses)
    record_property("seconds from the kill to the next sign-in", away)
    record_property("of them after the promotion", back)


def test_a_standby_that_is_lost_holds_up_writes_until_the_operator_goes_on_without(
    pair: ReplicatedPostgres, tmp_path: Path, record_property: Record
) -> None:
    with site_on(pair, tmp_path, people=4) as (site, people):
        owner, waits, hurries, comes = people
        owner.enters_password()
        owner.enters_backup_code()
        pair.standby.kill()

        login = filled_in(waits, "/login", username=waits.username, password=waits.password)
        begun = time.monotonic()
        assert refused_kindly(login())
        record_property("seconds until 503", round(time.monotonic() - begun, 1))
        assert owner.is_signed_in()  # who only reads goes on

        # A COMMIT that is cancelled while it waits is answered as done, though no standby has it.
        login = filled_in(hurries, "/login", username=hurries.username, password=hurries.password)
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(login)
            wait_for(lambda: answer.done() or cancels_what_waits(pair))
            assert refused_kindly(answer.result())
        assert "canceling wait for synchronous replication" in site.said()

        pair.go_on_without_a_standby()
        comes.enters_password()
        comes.enters_backup_code()
        assert comes.is_signed_in()
        for person in (waits, hurries):
            person.enters_password()
            person.enters_backup_code()
            assert person.is_signed_in()
        # What was refused may have been done: the try was taken, once, and nothing came of it.
        rows = Rows(site)
        assert len(rows.sessions) == 4
        assert rows.started_but_neither_waiting_nor_done() == 0
        assert rows.more_sessions_than_tries() == []


def cancels_what_waits(pair: ReplicatedPostgres) -> bool:
    waiting = "FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
    pair.primary.ask(f"SELECT pg_cancel_backend(pid) {waiting}")
    return False


def test_a_standby_alone_is_read_and_takes_writes_once_it_is_promoted(
    pair: ReplicatedPostgres, tmp_path: Path
) -> None:
    papers = fill_with_people(tmp_path / "instance", people=2, database=pair.primary.url)
    with RunningSite(tmp_path / "instance", database=pair.primary.url) as site:
        owner, _ = people_of(site, papers)
        owner.enters_password()
        owner.enters_backup_code()
        pair.wait_until_in_step()
        pair.primary.kill()
    with RunningSite(
        tmp_path / "instance", database=pair.standby.url, port=site.port, workers=1
    ) as site:
        assert owner.is_signed_in()
        _, comes = people_of(site, papers)
        login = filled_in(comes, "/login", username=comes.username, password=comes.password)
        answer = login()
        assert refused_kindly(answer)
        pair.take_over()
        wait_for(lambda: login().status_code == 303)
        assert "Traceback" not in site.said()
