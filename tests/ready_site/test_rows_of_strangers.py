"""What strangers can make a site store, and that it goes again.

In process, with hashes that cost nothing: as if a machine hashed as fast as they send.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.support.quick_site import ADDRESS, QuickSite
from tests.support.visitor import Visitor
from vestibule.host.purging import purge
from vestibule.signin.schedule import PASSWORD_ADDRESS

Figure = Callable[[str, object], None]

STRANGERS = 30
MEMORY = 48  # MiB more, of a process that answered a hundred thousand times
BUDGETS, EVENTS = "vestibule_budget", "vestibule_event"
OF_THE_LOG = {EVENTS, "vestibule_event_seal", "vestibule_sealed_event", "vestibule_day_count"}


@pytest.fixture
def site(tmp_path: Path) -> QuickSite:
    return QuickSite(tmp_path)


@pytest.fixture
def on_either(tmp_path: Path, database_url: str) -> Iterator[QuickSite]:
    site = QuickSite(tmp_path / "instance", database=database_url)
    yield site
    site.closes()


@pytest.fixture
def figure(record_property: Figure) -> Figure:
    return record_property


class Stranger:
    """Sends one form as often as wanted, from anywhere, and throws away what the answers give."""

    def __init__(self, site: QuickSite) -> None:
        browser = site.visitor("stranger", address="192.0.2.2")
        self._fields = browser.opens("/login").form(with_field="password").fields
        self._cookie = f"site={browser.cookie('site')}"
        self._client = site.app.test_client(use_cookies=False)

    def sends(self, username: str, password: str, address: str) -> int:
        answer = self._client.post(
            "/login",
            base_url=ADDRESS,
            data=self._fields | {"username": username, "password": password},
            headers={"Cookie": self._cookie},
            environ_overrides={"REMOTE_ADDR": address},
            buffered=True,
        )
        return answer.status_code


def test_opening_forms_stores_nothing(site: QuickSite) -> None:
    before = site.counts()
    for number in range(STRANGERS):
        stranger = site.visitor("nobody", address=f"192.0.2.{number}")
        for path in ("/login", "/register", "/forgot-password", "/verify-2fa"):
            assert stranger.opens(path).status == 200
    assert site.counts() == before


@pytest.mark.requirement("P4")
@pytest.mark.requirement("RL-11")
@pytest.mark.parametrize("many", [STRANGERS, pytest.param(100_000, marks=pytest.mark.soak)])
def test_names_and_addresses_are_rows_for_a_day(
    on_either: QuickSite, many: int, figure: Figure
) -> None:
    site, stranger = on_either, Stranger(on_either)
    owner = member(site)
    before, filled = site.counts(), memory()
    for number in range(many):
        assert stranger.sends(f"nobody-{number}", "a guess", nth_address(number)) == 422
    grown = memory() - filled
    left = site.counts() - before
    figure("rows left", dict(left))
    assert left.pop(EVENTS) == 2 * many
    assert left.pop(BUDGETS) <= 3 * many
    assert left == {}

    before_one, tries = site.counts(), many // 10
    answers = Counter(stranger.sends(f"no-{n}", "a guess", "192.0.2.3") for n in range(tries))
    allowed = min(tries, PASSWORD_ADDRESS.limit)
    assert answers == Counter({422: allowed, 429: tries - allowed})
    left = site.counts() - before_one
    assert left.pop(BUDGETS) <= 2 * allowed + 2
    assert left.pop(EVENTS) <= 2 * allowed + 20  # ever fewer of those that were refused
    assert left == {}

    comes_in(owner)
    site.clock.moves(hours=25)
    began = time.monotonic()
    purged = purge(site.services)["counts of tries"]
    took = time.monotonic() - began
    assert (site.counts() - before).keys() <= OF_THE_LOG
    assert grown < MEMORY
    figure("counts of tries purged", f"{purged} in {took:.1f} s")
    figure("memory", f"{grown:.0f} MiB more")


@pytest.mark.requirement("P4")
@pytest.mark.parametrize("many", [STRANGERS, pytest.param(10_000, marks=pytest.mark.soak)])
def test_half_sign_ins_are_a_row_each_for_a_day(
    on_either: QuickSite, many: int, figure: Figure
) -> None:
    site, thief = on_either, Stranger(on_either)
    owner = member(site)
    before, filled = site.counts(), memory()
    for number in range(many):
        password = owner.papers.password
        assert thief.sends(owner.username, password, nth_address(number)) == 303
    grown = memory() - filled
    left = site.counts() - before
    figure("rows left", dict(left))
    assert left.pop("vestibule_pending_signin") == many
    assert left.pop(EVENTS) == 2 * many
    assert left.pop(BUDGETS) <= many + 2
    assert left == {}

    comes_in(owner)
    site.clock.moves(hours=25)
    assert purge(site.services)["sign-ins"] == many
    assert (site.counts() - before).keys() <= OF_THE_LOG
    assert grown < MEMORY
    figure("memory", f"{grown:.0f} MiB more")


def test_asking_for_links_stores_what_the_budget_allows(site: QuickSite) -> None:
    before = site.counts()
    stranger = site.visitor("nobody", address="192.0.2.1")
    answers = [
        stranger.fills_in("/forgot-password", email=f"nobody-{number}@example.org").status
        for number in range(15)
    ]
    assert (answers.count(200), answers.count(429)) == (10, 5)
    assert all(count <= 20 for count in (site.counts() - before).values())

    site.clock.moves(days=31)
    purge(site.services)
    assert (site.counts() - before).keys() <= OF_THE_LOG


def member(site: QuickSite) -> Visitor:
    """Somebody with an account and a browser that it knows, who is signed out."""
    person = site.visitor("ann", address="192.0.2.1")
    papers = person.papers
    fields = {"username": "ann", "email": papers.email, "password": papers.password}
    person.sets_up(page=person.fills_in("/register", **fields))
    person.signs_out()
    return person


def comes_in(person: Visitor) -> None:
    person.signs_in()
    assert person.is_signed_in()
    person.signs_out()


def nth_address(number: int) -> str:
    return f"10.{number // 62500}.{number // 250 % 250}.{number % 250}"


def memory() -> float:
    """MiB of this process."""
    return float(psutil.Process().memory_info().rss) / 2**20
