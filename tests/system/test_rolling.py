"""Nodes are restarted and upgraded one after the other while people sign in: nobody fails."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.demo_people import fill_with_people, people_of
from tests.support.ledger import Ledger
from tests.support.nodes import Nodes, two_nodes
from tests.support.older_code import LAST_BEFORE, older_code
from tests.support.rows_afterwards import Rows
from tests.support.running_site import PROGRAM, RunningSite
from tests.support.under_load import ComingAndGoing
from vestibule.migrations import revisions

Figure = Callable[[str, object], None]

BETWEEN = 8  # sign-ins from one change to the next, at either node
FINDS_AGAIN = 2.5  # seconds; more than nginx's fail_timeout


@pytest.mark.parametrize(
    "rounds",
    [pytest.param(1, marks=pytest.mark.system), pytest.param(15, marks=pytest.mark.soak)],
)
def test_nodes_restarted_one_after_the_other_fail_nobody(
    tmp_path: Path, postgresql_url: str, rounds: int, record_property: Figure
) -> None:
    papers = fill_with_people(tmp_path / "one", people=20 + 10 * rounds, database=postgresql_url)
    with two_nodes(tmp_path, postgresql_url) as nodes:
        with ComingAndGoing(people_of(nodes, papers), newcomers=20) as load:
            for _ in range(rounds):
                for node in (nodes.one, nodes.other):
                    load.comes_so_far(BETWEEN)
                    restart(node)
            load.comes_so_far(BETWEEN)
        nobody_failed(nodes, load.ledger)
    record_property("restarts", 2 * rounds)
    tell(load.ledger, record_property)


@pytest.mark.requirement("CFG-4")
@pytest.mark.parametrize(
    "before",
    [
        pytest.param("0011", marks=pytest.mark.system),
        pytest.param("0013", marks=pytest.mark.soak),
    ],
)
def test_an_upgrade_that_goes_through_the_nodes_fails_nobody(
    tmp_path: Path, postgresql_url: str, before: str, record_property: Figure
) -> None:
    old = {"PYTHONPATH": str(older_code(LAST_BEFORE[before], tmp_path / "older"))}
    papers = fill_with_people(tmp_path / "one", people=40, database=postgresql_url, environment=old)
    with two_nodes(tmp_path, postgresql_url, environment=old) as nodes:
        had = revisions(postgresql_url)
        assert not had.fits
        with ComingAndGoing(people_of(nodes, papers), newcomers=20) as load:
            load.comes_so_far(BETWEEN)
            upgrade(nodes.one)
            assert revisions(postgresql_url).fits
            load.comes_so_far(BETWEEN)  # old code on the new tables
            for node in (nodes.other, nodes.one):
                with nodes.taken_out(node):  # code from before take_no_more() resets connections
                    restart(node, with_new_code=True)
                load.comes_so_far(BETWEEN)
        nobody_failed(nodes, load.ledger)
    record_property("from revision", had.have)
    tell(load.ledger, record_property)


def upgrade(node: RunningSite) -> None:
    """With the new code, beside nodes of the old one."""
    command = [PROGRAM, "db", "upgrade", "--instance", node.instance]
    subprocess.run([*command, "--database", node.database_url], check=True, capture_output=True)


def restart(node: RunningSite, *, with_new_code: bool = False) -> None:
    """As the page about operations tells to."""
    assert node.stop() == 0
    if with_new_code:
        node.environment["PYTHONPATH"] = os.environ.get("PYTHONPATH", "")
    node.start()
    time.sleep(FINDS_AGAIN)


def nobody_failed(nodes: Nodes, ledger: Ledger) -> None:
    # "Not now" in words, where more hash than the machine can, is said at any time.
    assert ledger.unkind() == {}, (nodes.one.said(), nodes.other.said())
    sent, opened = sum(ledger.sent.values()), {(one.username, one.at) for one in ledger.opened}
    assert len(opened) == sent
    assert Rows(nodes.one).wrong(ledger) == {}


def tell(ledger: Ledger, record_property: Figure) -> None:
    record_property("sign-ins", len(ledger.opened))
    record_property("answers", ledger.statuses)
    record_property("longest wait for an answer (s)", round(ledger.longest(), 1))
