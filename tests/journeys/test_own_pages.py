"""A person finds a browser that should not be there, and throws it out. Without scripts too."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.in_chromium import button, code_field, link, presses, sees, takes_over
from tests.support.journeys import NARROW, WIDE, Visitor
from tests.support.running_site import RunningSite


@pytest.mark.requirement("SES-11")
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
@pytest.mark.parametrize("width", [NARROW, WIDE])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_somebody_else_is_thrown_out(
    site: RunningSite, visitor: Visitor, width: int, scheme: str, scripts: bool
) -> None:
    owner = site.member()
    thief = owner.in_another_browser()
    thief.browser.headers["User-Agent"] = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Firefox/140.0"
    thief.signs_in(with_backup_code=True)
    page = visitor(width=width, scheme=scheme, scripts=scripts)
    takes_over(page, owner)
    page.goto("/security")
    expect(page.get_by_text("Signed in here and in 1 other browser.")).to_be_visible()
    sees_it(page, "security", width, scheme)
    link(page, "See activity").click()
    sees(page, "Recent activity")
    expect(page.get_by_text("Firefox on Windows").first).to_be_visible()
    sees_it(page, "activity", width, scheme)
    link(page, "Sign out everywhere else").click()
    sees(page, "Sessions")
    sees_it(page, "sessions", width, scheme)
    row = page.get_by_role("listitem").filter(has_text="Firefox on Windows")
    with page.expect_navigation():
        row.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("status")).to_have_text("That browser is signed out.")
    assert not thief.is_signed_in()
    page.goto("/security/browsers")
    sees_it(page, "browsers", width, scheme)
    site.rows(_LET_IT_GROW_OLD, name=owner.username)
    page.goto("/security/sessions")
    button(page, "Sign out everywhere else").click()
    sees(page, "Confirm it’s you")
    code_field(page).fill(owner.fresh_code())
    presses(page, "Continue")
    if not scripts:
        presses(page, "Continue")
    expect(page.get_by_role("status")).to_have_text("You are signed out everywhere but here.")


_LET_IT_GROW_OLD = """
UPDATE vestibule_session SET second_step_at = '2000-01-01 00:00:00.000000'
WHERE login_id = (SELECT id FROM account WHERE username = :name)
"""


def sees_it(page: Page, name: str, width: int, scheme: str) -> None:
    """Nothing goes beyond the side; a picture for people where a folder for it is named."""
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    folder = os.environ.get("PICTURES")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}-{width}-{scheme}.png", full_page=True)
