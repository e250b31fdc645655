"""SIGTERM: who is being answered gets the answer, whoever comes now goes to another node."""

from __future__ import annotations

import time

import pytest

from tests.faults.conftest import Figure, Town

pytestmark = pytest.mark.system

GRACE = 20  # seconds, as docs/operations.md promises


@pytest.mark.parametrize("times", [3, pytest.param(40, marks=pytest.mark.soak)])
def test_a_node_that_is_told_to_end_answers_what_it_has_begun(
    town: Town, times: int, figure: Figure
) -> None:
    longest = 0.0
    with town.busy() as load:
        town.proxy.delay = 0.02  # every request takes a while: some are always under way
        for number in range(times):
            node = town.nodes[number % 2]
            told = time.monotonic()
            assert node.stop() == 0
            ended = time.monotonic()
            longest = max(longest, ended - told)
            load.comes_so_far(1)  # to the other one
            node.start()
            town.is_back(load, since=told)
        town.proxy.is_well()
    # Nobody listens there any more; but nobody who was heard was left without an answer.
    town.is_in_order("ConnectError")
    assert longest < GRACE + 10
    figure("longest end", f"{longest:.1f} s")
    town.tells(figure)
