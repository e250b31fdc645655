"""An administrator helps somebody who lost the phone, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.journeys.test_every_page import is_for_everybody
from tests.support.in_chromium import button, link, path, presses, sees, takes_over
from tests.support.journeys import Visitor
from tests.support.person import Person
from tests.support.running_site import RunningSite


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    folder: Path = tmp_path_factory.mktemp("administration")
    with RunningSite(folder / "instance") as running:
        yield running


@pytest.fixture
def root(site: RunningSite) -> Person:
    root = site.member()
    name = root.username
    site.rows("UPDATE account SET is_administrator = true WHERE username = :name", name=name)
    return root


@pytest.mark.parametrize("scripts", [True, False])
def test_a_second_step_is_removed(
    site: RunningSite, visitor: Visitor, root: Person, scripts: bool
) -> None:
    ann = site.member()
    page = visitor(scripts=scripts)
    takes_over(page, root)
    page.goto("/admin")
    link(page, "Accounts").click()
    sees(page, "Accounts")
    page.get_by_label("User name or e-mail address").fill(ann.username)
    presses(page, "Search")
    if scripts:
        is_for_everybody(page, "Accounts")
    link(page, ann.username).click()
    if scripts:
        is_for_everybody(page, ann.username)
    link(page, "Remove the second step").click()
    presses(page, "Remove the second step")
    expect(page.get_by_role("alert")).to_contain_text("Give a reason")
    if scripts:
        is_for_everybody(page, "Remove the second step")
    page.get_by_label("Reason").fill("lost the phone; called back at the desk")
    page.get_by_label("Type the name of the account").fill(ann.username)
    presses(page, "Remove the second step")
    assert path(page).startswith("/admin/account?user=")
    expect(page.get_by_role("status")).to_contain_text("no second step any more")
    assert not ann.is_signed_in()


def test_what_happened_is_looked_up_and_taken_out(
    site: RunningSite, visitor: Visitor, root: Person
) -> None:
    ann = site.member()
    site.rows(_SEALED_DAYS)
    site.rows(_ASKED, name=ann.username)
    page = visitor()
    takes_over(page, root)
    page.goto("/admin")
    expect(page.get_by_role("img", name="Sign-ins in 14 days")).to_be_visible()
    is_for_everybody(page, "Administration")
    link(page, "Recoveries").first.click()
    is_for_everybody(page, "Recoveries")
    link(page, f"Stop {ann.username}").click()
    page.get_by_label("Reason").fill("called back: it was not her")
    presses(page, "Stop the recovery")
    expect(page.get_by_role("status")).to_contain_text("The recovery is stopped.")
    link(page, "Events of this account").click()
    page.get_by_label("From, UTC").fill("yesterday")
    presses(page, "Search")
    expect(page.get_by_role("alert")).to_contain_text("Type a day as 2027-01-31")
    is_for_everybody(page, "Events")
    page.get_by_label("From, UTC").fill("2000-01-01")
    page.get_by_label("What happened").select_option("The wait for a new second step was stopped")
    presses(page, "Search")
    expect(page.get_by_role("row")).to_have_count(2)
    is_for_everybody(page, "Events")
    with page.expect_download() as download:
        button(page, "Download as a table (CSV)").click()
    table = download.value.path().read_text()
    assert "called back: it was not her" in table
    assert table.count("\n") == 2
    page.get_by_role("row").nth(1).get_by_role("link").click()
    expect(page.get_by_text(f"{ann.username}", exact=True)).to_be_visible()
    is_for_everybody(page, "The wait for a new second step was stopped")


_SEALED_DAYS = """
INSERT INTO vestibule_day_count (day, kind, count)
SELECT date('now', '-' || days.column1 || ' days'), kinds.column1, (days.column1 * 7919) % 30
FROM (VALUES (0), (1), (2), (3), (5), (8), (13)) AS days, (VALUES ('session.opened'),
('password.failed'), ('try.refused')) AS kinds
"""
_ASKED = """
INSERT INTO vestibule_recovery
SELECT id, version, 'x', datetime('now') || '.000000', datetime('now', '+3 days') || '.000000',
datetime('now', '+10 days') || '.000000', NULL, '203.0.113.9', 'Firefox/1 (Linux)'
FROM vestibule_subject WHERE user_id = (SELECT id FROM account WHERE username = :name)
"""
