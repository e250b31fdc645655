"""P6: a process killed at any moment leaves a change and its event, or neither."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest
from sqlalchemy import create_engine, func, select, table

from tests.promises.running.conftest import Figure
from tests.support.demo_people import fill_with_people, people_of
from tests.support.ledger import CUT
from tests.support.races import wait_for
from tests.support.rows_afterwards import Rows
from tests.support.running_site import RunningSite
from tests.support.under_load import ComingAndGoing

BETWEEN = 4  # sign-ins from one kill to the next: the site is back, and busy


@pytest.mark.requirement("CFG-4")
@pytest.mark.requirement("FLOW-6")
@pytest.mark.requirement("BC-3")
@pytest.mark.requirement("TOTP-7")
@pytest.mark.parametrize("kills", [5, pytest.param(100, marks=pytest.mark.soak)])
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_kill_9_of_a_worker_leaves_nothing_half_done(
    tmp_path: Path,
    database: str,
    kills: int,
    figure: Figure,
    request: pytest.FixtureRequest,
) -> None:
    url = request.getfixturevalue("postgresql_url") if database == "postgresql" else None
    papers = fill_with_people(tmp_path / "instance", people=7 + kills // 3, database=url)
    with RunningSite(tmp_path / "instance", database=url) as site:
        with ComingAndGoing(people_of(site, papers)) as load:
            for number in range(kills):
                load.comes_so_far(BETWEEN)
                kill_right_after_a_commit(site, how_many=1 + number % 2)
            load.comes_so_far(BETWEEN)  # the service is back, and nobody brought it back

        rows = Rows(site)
        assert load.ledger.unkind(*CUT) == {}
        assert rows.wrong(load.ledger) == {}
    figure(f"sessions after {kills} kills", len(rows.sessions))
    figure("of them with an answer", len(load.ledger.opened))
    figure("answers", load.ledger.statuses)


def kill_right_after_a_commit(site: RunningSite, how_many: int) -> None:
    """Where something can be half done, it is so between one commit and the next.

    Every commit of a sign-in brings an event. One worker is killed, or both.
    """
    victims = site.workers()[:how_many]
    engine = create_engine(site.database_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        events = select(func.count()).select_from(table("vestibule_event"))
        so_far = connection.scalar(events)
        # Without a pause, which would be longer than what is to be hit.
        wait_for(lambda: connection.scalar(events) != so_far, pause=0)
        for victim in victims:
            victim.kill()
    engine.dispose()
    psutil.wait_procs(victims)
