"""The clock of one node jumps by an hour: it lets nobody in with a code, and the others go on."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.conftest import Figure, Town
from tests.support.authenticator import STEP
from tests.support.person import Person
from tests.support.programs import needed
from tests.support.races import between_the_steps, filled_in
from tests.support.running_site import RunningSite

pytestmark = pytest.mark.system

COMPARED_EVERY = 60  # seconds
LIBRARIES = (
    Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"),
    Path("/usr/lib/faketime").glob("libfaketimeMT.so.1"),
)


# Where libfaketime 0.9.10 leaves the monotonic clock alone, it breaks clock_nanosleep, with which
# Python sleeps.
SLEEPS = """
import select, time
time.sleep = lambda seconds: select.select([], [], [], seconds)
"""


@dataclass
class Clock:
    folder: Path

    @property
    def file(self) -> Path:
        return self.folder / "clock"

    def is_off_by(self, seconds: int) -> None:
        draft = self.file.with_suffix(".draft")
        draft.write_text(f"{seconds:+d}\n")
        os.replace(draft, self.file)

    @property
    def environment(self) -> dict[str, str]:
        needed("faketime")
        (self.folder / "sitecustomize.py").write_text(SLEEPS)
        return {
            "PYTHONPATH": os.pathsep.join([str(self.folder), os.environ.get("PYTHONPATH", "")]),
            "LD_PRELOAD": str(next(path for found in LIBRARIES for path in found)),
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_NO_CACHE": "1",
            # Of a machine whose clock is set, nothing else jumps.
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    clock = Clock(tmp_path)
    clock.is_off_by(0)
    return clock


@pytest.fixture
def node(town: Town, clock: Clock) -> Iterator[RunningSite]:
    """A third one, whose clock can be set."""
    third = RunningSite(
        town.nodes[0].instance,
        database=town.database,
        workers=1,
        threads=4,
        environment=clock.environment,
    )
    third.log = clock.folder / "node.log"
    with third:
        yield third


def asks_with_a_code(node: RunningSite, person: Person) -> int:
    """The status of the answer of that node to a code, after the password was right there."""
    browser = person.in_another_browser()
    browser.goes_to(node.url)
    between_the_steps([browser])
    return filled_in(browser, "/verify-2fa", totp_code=person.wrong_code())().status_code


@pytest.mark.requirement("TOTP-8")
@pytest.mark.parametrize(
    "hours", [[1], pytest.param([1, -1, 1, -1, 24, -24], marks=pytest.mark.soak)]
)
def test_a_node_whose_clock_jumps_judges_no_codes(
    town: Town, node: RunningSite, clock: Clock, hours: list[int], figure: Figure
) -> None:
    probe, *_ = town.people
    with town.busy() as load:
        assert asks_with_a_code(node, probe) == 422
        for jump in hours:
            jumped = time.monotonic()
            clock.is_off_by(jump * 3600)
            while (status := asks_with_a_code(node, probe)) != 503:
                assert time.monotonic() < jumped + COMPARED_EVERY + 30, status
                time.sleep(6)
            noticed = time.monotonic() - jumped
            load.comes_so_far(2)  # to the others
            clock.is_off_by(0)
            right = time.monotonic()
            while asks_with_a_code(node, probe) == 503:
                time.sleep(0.2)
            figure(f"{jump:+d} h noticed after", f"{noticed:.0f} s")
            figure("heals after", f"{time.monotonic() - right:.1f} s")
    town.is_in_order()
    [last] = node.rows("SELECT max(last_step) AS step FROM vestibule_authenticator")
    assert last["step"] <= time.time() // STEP + 1
    town.tells(figure)
