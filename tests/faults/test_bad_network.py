"""A network between nodes and PostgreSQL that is slow, loses connections, and tears answers."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tests.faults.conftest import Figure, Town
from tests.support.tcp_proxy import TcpProxy
from vestibule.foundation.postgresql import LONGEST_WAIT

pytestmark = pytest.mark.system


@pytest.mark.parametrize("sign_ins", [8, pytest.param(200, marks=pytest.mark.soak)])
def test_where_every_message_takes_long_people_get_in_all_the_same(
    town: Town, sign_ins: int, figure: Figure
) -> None:
    with town.busy() as load:
        town.proxy.delay, town.proxy.jitter = 0.01, 0.03
        load.comes_so_far(sign_ins)
        town.proxy.is_well()
        town.is_back(load)
    town.is_in_order()
    town.tells(figure)


def falls_silent(proxy: TcpProxy) -> None:
    proxy.silent = 0.01


def tears(proxy: TcpProxy) -> None:
    proxy.torn = 0.02


@pytest.mark.requirement("FLOW-6")
@pytest.mark.parametrize("seconds", [5, pytest.param(300, marks=pytest.mark.soak)])
@pytest.mark.parametrize("gets_bad", [falls_silent, tears])
def test_connections_are_lost_at_any_moment(
    town: Town, gets_bad: Callable[[TcpProxy], None], seconds: int, figure: Figure
) -> None:
    with town.busy() as load:
        gets_bad(town.proxy)
        time.sleep(seconds)
        town.proxy.is_well()
        town.is_back(load)
    # A transaction that was left alone keeps its locks until the server ends it.
    town.is_in_order()
    assert 503 in town.ledger.statuses
    town.tells(figure)


@pytest.mark.requirement("FLOW-6")
@pytest.mark.requirement("WEB-11")
@pytest.mark.parametrize("times", [1, pytest.param(20, marks=pytest.mark.soak)])
def test_a_database_that_says_nothing_is_not_waited_for(
    town: Town, times: int, figure: Figure
) -> None:
    with town.busy() as load:
        for _ in range(times):
            town.proxy.stalls()
            time.sleep(LONGEST_WAIT + 2)
            load.hears_so_far(6)  # while nothing comes back from it
            town.proxy.is_well()
            town.is_back(load)
    town.is_in_order()
    assert 503 in town.ledger.statuses
    town.tells(figure)
