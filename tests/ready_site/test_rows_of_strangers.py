"""What strangers can make a site store, and that it goes again."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import inspect

from tests.support.quick_site import QuickSite
from vestibule.host.purging import purge

STRANGERS = 30
OF_THE_LOG = {
    "vestibule_event",
    "vestibule_event_seal",
    "vestibule_sealed_event",
    "vestibule_day_count",
}


@pytest.fixture
def site(tmp_path: Path) -> QuickSite:
    return QuickSite(tmp_path)


def counts(site: QuickSite) -> dict[str, int]:
    """Rows by table."""
    names = inspect(site.services.database.engine).get_table_names()
    return {name: site.rows(f"SELECT count(*) AS n FROM {name}")[0]["n"] for name in names}  # noqa: S608


def but_for_the_log(found: dict[str, int]) -> dict[str, int]:
    return {name: count for name, count in found.items() if name not in OF_THE_LOG}


def test_opening_forms_stores_nothing(site: QuickSite) -> None:
    before = counts(site)
    for number in range(STRANGERS):
        stranger = site.visitor("nobody", address=f"192.0.2.{number}")
        for path in ("/login", "/register", "/forgot-password", "/verify-2fa"):
            assert stranger.opens(path).status == 200
    assert counts(site) == before


@pytest.mark.requirement("RL-11")
def test_names_and_addresses_are_rows_for_a_day(site: QuickSite) -> None:
    before = counts(site)
    for number in range(STRANGERS):
        stranger = site.visitor(f"nobody-{number}", address=f"192.0.2.{number}")
        assert stranger.enters_password().status == 422
    assert counts(site)["vestibule_budget"] <= 3 * STRANGERS

    site.clock.moves(hours=25)
    purge(site.services)
    assert but_for_the_log(counts(site)) == but_for_the_log(before)


def test_asking_for_links_stores_what_the_budget_allows(site: QuickSite) -> None:
    before = counts(site)
    stranger = site.visitor("nobody", address="192.0.2.1")
    answers = [
        stranger.fills_in("/forgot-password", email=f"nobody-{number}@example.org").status
        for number in range(15)
    ]
    assert (answers.count(200), answers.count(429)) == (10, 5)
    grown = {name: count - before[name] for name, count in counts(site).items()}
    assert all(count <= 20 for count in grown.values())

    site.clock.moves(days=31)
    purge(site.services)
    assert but_for_the_log(counts(site)) == but_for_the_log(before)
