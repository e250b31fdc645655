"""However many strangers come, what they leave is counted, and gone when its time is over.

In process, with hashes that cost nothing: a machine that hashes as fast as somebody sends.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from tests.promises.test_growth import somebody
from tests.support.quick_site import ADDRESS, QuickSite
from tests.support.visitor import Visitor
from vestibule.host.purging import purge
from vestibule.signin.schedule import PASSWORD_ADDRESS

Figure = Callable[[str, object], None]

MEMORY = 48  # MiB, of a process that has answered a hundred thousand times
BUDGETS, EVENTS = "vestibule_budget", "vestibule_event"


@pytest.fixture
def site(tmp_path: Path, database_url: str) -> Iterator[QuickSite]:
    site = QuickSite(tmp_path / "instance", database=database_url)
    yield site
    site.closes()


class Sender:
    """One form, sent as often as wanted; what an answer gives is thrown away."""

    def __init__(self, site: QuickSite) -> None:
        stranger = site.visitor("stranger", address="192.0.2.2")
        self._fields = stranger.opens("/login").form(with_field="password").fields
        self._cookie = f"site={stranger.cookie('site')}"
        self._client = site.app.test_client(use_cookies=False)

    def __call__(self, username: str, password: str, address: str) -> int:
        answer = self._client.post(
            "/login",
            base_url=ADDRESS,
            data=self._fields | {"username": username, "password": password},
            headers={"Cookie": self._cookie},
            environ_overrides={"REMOTE_ADDR": address},
            buffered=True,
        )
        return answer.status_code


@pytest.fixture
def figure(record_property: Figure) -> Figure:
    return record_property


@pytest.mark.requirement("P4")
@pytest.mark.requirement("RL-11")
@pytest.mark.parametrize("many", [20, pytest.param(10_000, marks=pytest.mark.soak)])
def test_open_half_sign_ins_are_a_row_each_and_gone_a_day_later(
    site: QuickSite, many: int, figure: Figure
) -> None:
    owner = somebody(site)
    owner.signs_out()
    sends, before, filled = Sender(site), site.counts(), memory()
    for number in range(many):
        assert sends(owner.username, owner.papers.password, nth_address(number)) == 303
    grown = memory() - filled
    left = site.counts() - before
    assert left.pop("vestibule_pending_signin") == many
    assert left.pop(EVENTS) == 2 * many
    budgets = left.pop(BUDGETS)
    assert budgets <= 2 + many
    assert left == {}
    assert grown < MEMORY
    comes_in(owner)

    purged = gone_a_day_later(site)
    assert purged["sign-ins"] == many
    assert (site.counts() - before).keys() <= {EVENTS}
    figure("rows", f"{many} half sign-ins, {2 * many} events, {budgets} counts of tries")
    figure("memory", f"{grown:.0f} MiB more")


@pytest.mark.requirement("P4")
@pytest.mark.requirement("RL-11")
@pytest.mark.parametrize("many", [20, pytest.param(100_000, marks=pytest.mark.soak)])
def test_names_leave_two_rows_each_and_one_for_their_address_gone_a_day_later(
    site: QuickSite, many: int, figure: Figure
) -> None:
    owner = somebody(site)
    owner.signs_out()
    sends, before, filled = Sender(site), site.counts(), memory()
    for number in range(many):
        assert sends(f"nobody-{number}", "a guess", nth_address(number)) == 422
    grown = memory() - filled
    left = site.counts() - before
    figure("rows left", dict(left))
    assert left.pop(EVENTS) == 2 * many
    assert left.pop(BUDGETS) <= 3 * many
    assert left == {}
    assert grown < MEMORY

    before_refusals, tries = site.counts(), many // 10
    refused = Counter(sends(f"noone-{number}", "a guess", "192.0.2.3") for number in range(tries))
    allowed = min(tries, PASSWORD_ADDRESS.limit)
    assert refused == Counter({422: allowed, 429: tries - allowed})
    left = site.counts() - before_refusals
    assert left.pop(BUDGETS) <= 2 * allowed + 2
    assert left.pop(EVENTS) <= 2 * allowed + 20
    assert left == {}
    comes_in(owner)

    began = time.monotonic()
    purged = gone_a_day_later(site)
    took = time.monotonic() - began
    assert (site.counts() - before).keys() <= {EVENTS}
    figure("counts of tries purged", f"{purged['counts of tries']} in {took:.1f} s")
    figure("memory", f"{grown:.0f} MiB more")


def comes_in(owner: Visitor) -> None:
    """With the browser that is known."""
    owner.signs_in()
    assert owner.is_signed_in()
    owner.signs_out()


def gone_a_day_later(site: QuickSite) -> dict[str, int]:
    site.clock.moves(timedelta(days=1, minutes=10).total_seconds())
    return purge(site.services)


def nth_address(number: int) -> str:
    return f"10.{number // 62500}.{number // 250 % 250}.{number % 250}"


def memory() -> float:
    return float(psutil.Process().memory_info().rss) / 2**20
