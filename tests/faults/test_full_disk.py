"""A disk without room for another byte: "not now" until there is some, and nothing is lost."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from tests.faults.conftest import BETWEEN, Figure, Town
from tests.support.demo_people import fill_with_people, people_of
from tests.support.programs import only_root_may
from tests.support.races import wait_for
from tests.support.rows_afterwards import Rows
from tests.support.running_site import RunningSite
from tests.support.small_disk import SmallDisk
from tests.support.under_load import ComingAndGoing

pytestmark = pytest.mark.system


@pytest.mark.requirement("FLOW-6")
@pytest.mark.parametrize("times", [1, pytest.param(10, marks=pytest.mark.soak)])
def test_postgresql_has_no_room_for_its_tables_and_then_none_for_its_log(
    town: Town, times: int, figure: Figure
) -> None:
    if town.disk is None:
        only_root_may("a small disk", "mount is not allowed")
    with town.busy() as load:
        for _ in range(times):
            town.disk.fill()
            wait_for(lambda: 503 in town.ledger.statuses)
            asks_for_more_log(town)  # which makes the server give up
            time.sleep(1)
            town.disk.free()
            town.server.start()  # unless it is there again by itself
            town.is_back(load)
    town.is_in_order()
    town.tells(figure)


def asks_for_more_log(town: Town) -> None:
    url = make_url(town.direct).set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            for _ in range(8):  # as many as it made before
                connection.execute("SELECT pg_switch_wal(), txid_current()")
    except psycopg.Error:
        pass


@pytest.fixture
def disk() -> Iterator[SmallDisk]:
    try:
        with SmallDisk.mounted(24) as small:
            yield small
    except PermissionError as error:
        only_root_may("a small disk", error)


@pytest.mark.requirement("FLOW-6")
@pytest.mark.parametrize("times", [1, pytest.param(20, marks=pytest.mark.soak)])
def test_sqlite_has_no_room(disk: SmallDisk, tmp_path: Path, times: int, figure: Figure) -> None:
    instance = disk.path / "instance"
    papers = fill_with_people(instance, people=12)
    site = RunningSite(instance)
    site.log = tmp_path / "site.log"
    with site:
        inside = people_of(site, papers[-1:])[0]
        inside.signs_in()
        with ComingAndGoing(people_of(site, papers[:-1]), newcomers=10) as load:
            load.comes_so_far(BETWEEN)
            longest = 0.0
            for _ in range(times):
                disk.fill()
                so_far = load.ledger.statuses.get(503, 0)
                wait_for(lambda so_far=so_far: load.ledger.statuses.get(503, 0) > so_far + 4)
                assert inside.is_signed_in()  # who only reads goes on
                disk.free()
                freed = time.monotonic()
                load.comes_so_far(BETWEEN)
                longest = max(longest, load.ledger.back_after(freed))
        assert load.ledger.unkind() == {}
        assert "Traceback" not in site.said()
        load.ledger.sent[inside.username, "totp"] += 1
        assert Rows(site).wrong(load.ledger) == {}
    figure("answers", load.ledger.statuses)
    figure("longest answer", f"{load.ledger.longest():.1f} s")
    figure("time to return", f"{longest:.1f} s")
