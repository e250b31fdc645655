"""``kill -9`` of workers and of whole nodes: the others go on, and nothing is half done."""

from __future__ import annotations

import signal
import time

import psutil
import pytest

from tests.faults.conftest import Figure, Town
from tests.support.ledger import CUT

pytestmark = pytest.mark.system


@pytest.mark.requirement("CFG-4")
@pytest.mark.requirement("FLOW-6")
@pytest.mark.parametrize("kills", [6, pytest.param(100, marks=pytest.mark.soak)])
def test_kill_9_of_workers_and_whole_nodes(town: Town, kills: int, figure: Figure) -> None:
    with town.busy() as load:
        for number in range(kills):
            node = town.nodes[number // 3 % 2]
            match number % 3:
                case 0:
                    node.kill_worker()
                    died = time.monotonic()
                case 1:
                    # Its workers see that nobody watches over them any more, and end.
                    workers = node.workers()
                    psutil.Process(node.pid).send_signal(signal.SIGKILL)
                    died = time.monotonic()
                    psutil.wait_procs(workers, timeout=60)
                    assert not any(worker.is_running() for worker in workers)
                    node.kill_all()
                    node.start()
                case _:
                    node.kill_all()
                    died = time.monotonic()
                    load.comes_so_far(2)  # to the other one
                    node.start()
            town.is_back(load, since=died)
    town.is_in_order(*CUT)
    town.tells(figure)
