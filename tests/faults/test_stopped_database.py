"""PostgreSQL stopped, killed, its connections cut: "not now", and back by itself."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tests.faults.conftest import Figure, Town

pytestmark = pytest.mark.system

AWAY = 2  # seconds


def stopped(town: Town) -> None:
    town.server.stop("fast")


def stopped_at_once(town: Town) -> None:
    town.server.stop("immediate")


def killed(town: Town) -> None:
    town.server.kill()


@pytest.mark.requirement("FLOW-6")
@pytest.mark.requirement("WEB-11")
@pytest.mark.parametrize("times", [1, pytest.param(15, marks=pytest.mark.soak)])
@pytest.mark.parametrize("goes", [stopped, stopped_at_once, killed])
def test_the_server_goes_away(
    town: Town, goes: Callable[[Town], None], times: int, figure: Figure
) -> None:
    with town.busy() as load:
        for _ in range(times):
            goes(town)
            time.sleep(AWAY)
            town.server.start()
            town.is_back(load)
    town.is_in_order()
    assert 503 in town.ledger.statuses
    town.tells(figure)


@pytest.mark.requirement("FLOW-6")
@pytest.mark.parametrize("times", [5, pytest.param(100, marks=pytest.mark.soak)])
def test_all_connections_are_cut_from_either_side(town: Town, times: int, figure: Figure) -> None:
    cut = 0
    with town.busy() as load:
        for number in range(times):
            cut += town.server.cut_connections() if number % 2 else town.proxy.cuts()
            town.is_back(load)
    town.is_in_order()
    figure("connections cut", cut)
    town.tells(figure)
