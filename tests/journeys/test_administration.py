"""An administrator helps somebody who lost the phone, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.journeys.test_every_page import is_for_everybody
from tests.support.in_chromium import link, path, presses, sees, takes_over
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
