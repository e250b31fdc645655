"""The network between one node and the database is cut: the others go on, and it comes back."""

from __future__ import annotations

import time
from collections.abc import Iterator

import httpx
import pytest

from tests.faults.conftest import Figure, Town
from tests.support.networks import Network
from tests.support.programs import only_root_may
from tests.support.races import wait_for
from tests.support.running_program import free_port
from tests.support.running_site import RunningSite
from tests.support.tcp_proxy import TcpProxy

pytestmark = pytest.mark.system


@pytest.fixture
def network() -> Iterator[Network]:
    try:
        with Network.made() as network:
            yield network
    except PermissionError as error:
        only_root_may("a network", error)


@pytest.fixture
def node(town: Town, network: Network) -> Iterator[RunningSite]:
    """A third one, which lives in that network."""
    port = free_port()
    with (
        TcpProxy.running(town.server.socket, host=network.database) as database,
        TcpProxy.running((network.node, port)) as door,
    ):
        third = RunningSite(
            town.nodes[0].instance,
            database=town.database.replace(
                f"127.0.0.1:{town.proxy.port}", f"{network.database}:{database.port}"
            ),
            workers=1,
            threads=4,
            port=port,
            host=network.node,
            within=network.inside,
        )
        third.url = f"http://127.0.0.1:{door.port}"
        third.log = third.log.with_name("far-away.log")
        with third:
            yield third


def is_ready(node: RunningSite) -> bool:
    return httpx.get(f"{node.url}/readyz", timeout=60).status_code == 200


@pytest.mark.requirement("FLOW-6")
@pytest.mark.requirement("WEB-11")
@pytest.mark.parametrize("times", [1, pytest.param(20, marks=pytest.mark.soak)])
def test_a_node_that_cannot_reach_the_database(
    town: Town, node: RunningSite, network: Network, times: int, figure: Figure
) -> None:
    longest = 0.0
    with town.busy(node) as load:
        for _ in range(times):
            network.cut()
            load.comes_so_far(4)  # to the others
            wait_for(lambda: not is_ready(node))
            network.mend()
            mended = time.monotonic()
            wait_for(lambda: is_ready(node))
            longest = max(longest, time.monotonic() - mended)
            town.is_back(load, since=mended)
    town.is_in_order()
    assert "Traceback" not in node.said()
    figure("that node is ready again after", f"{longest:.1f} s")
    town.tells(figure)
