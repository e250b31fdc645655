"""Every page, as it should be and with its mistakes: for everybody, at every width, in both lights.

The visitors' own fixture also listens to the console and to requests that leave the site.
"""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.support.in_chromium import code_field, enters_password, link, presses, sees, takes_over
from tests.support.journeys import NARROW, WIDE, Visitor
from tests.support.running_site import RunningSite

NARROWEST = 320  # CSS pixels: 1280 at 400 %, WCAG 1.4.10
LOWEST_TARGET = 24  # CSS pixels, WCAG 2.5.8
OF_LIGHT_AND_WIDTH = ["color-contrast", "target-size", "scrollable-region-focusable"]

pytestmark = [pytest.mark.requirement("A11Y-6"), pytest.mark.requirement("WEB-6")]


def test_pages_of_strangers(visitor: Visitor) -> None:
    page = visitor()
    page.goto("/")
    is_for_everybody(page, "Your account, behind two doors")
    page.goto("/register")
    is_for_everybody(page, "Create account")
    presses(page, "Create account")
    expect(page.get_by_role("alert")).to_be_focused()
    is_for_everybody(page, "Create account")
    page.goto("/dashboard?x=1")
    is_for_everybody(page, "Sign in")
    page.get_by_label("User name or email").fill("nobody")
    page.get_by_label("Password", exact=True).fill("not a password of anybody")
    presses(page, "Sign in")
    expect(page.get_by_role("alert")).to_be_focused()
    is_for_everybody(page, "Sign in")


def test_error_pages(site: RunningSite, visitor: Visitor) -> None:
    page = visitor()
    page.goto("/nothing-here")
    is_for_everybody(page, "There is no such page")
    page.goto("/logout")
    is_for_everybody(page, "That is not how this page works")
    for _ in range(6):
        page.goto("/login")
        page.get_by_label("User name or email").fill("nobody at all")
        page.get_by_label("Password", exact=True).fill("not a password of anybody")
        presses(page, "Sign in")
    is_for_everybody(page, "Too many tries")


@pytest.mark.requirement("P9")
def test_the_page_of_a_closed_door(site: RunningSite, visitor: Visitor) -> None:
    person = site.member()
    page = visitor()
    takes_over(page, person)
    site.rows("ALTER TABLE vestibule_session RENAME TO taken_away")
    try:
        answer = page.goto("/dashboard")
        assert answer is not None
        assert answer.status == 503
        is_for_everybody(page, "Not possible right now")
    finally:
        site.rows("ALTER TABLE taken_away RENAME TO vestibule_session")
    page.reload()
    sees(page, f"Welcome, {person.username}")


def test_setting_up(site: RunningSite, visitor: Visitor) -> None:
    person = site.person()
    person.registers()
    page = visitor()
    takes_over(page, person)
    page.goto("/setup-2fa")
    page.get_by_text("The app asks for more").click()
    is_for_everybody(page, "Set up an authenticator")
    code_field(page).fill("12345")
    presses(page, "Continue")
    expect(page.get_by_role("alert")).to_be_focused()
    is_for_everybody(page, "Set up an authenticator")


def test_the_second_step(site: RunningSite, visitor: Visitor) -> None:
    person = site.member()
    page = visitor()
    enters_password(page, person)
    is_for_everybody(page, "Enter your code")
    link(page, "I can’t use any of these").click()
    is_for_everybody(page, "Other ways to sign in")
    link(page, "Back").click()
    for _ in range(2):
        code_field(page).fill(person.wrong_code())
        presses(page, "Sign in")
        expect(page.get_by_role("alert")).to_be_focused()
    is_for_everybody(page, "Enter your code")
    link(page, "Use a backup code").click()
    is_for_everybody(page, "Use a backup code")
    presses(page, "Sign in")
    expect(page.get_by_role("alert")).to_be_focused()
    is_for_everybody(page, "Use a backup code")
    page.get_by_label("Backup code").fill(person.backup_codes[-1])
    presses(page, "Sign in")
    is_for_everybody(page, "You have 9 backup codes left")


def test_pages_of_members(site: RunningSite, visitor: Visitor) -> None:
    person = site.member()
    page = visitor()
    takes_over(page, person)
    page.goto("/dashboard")
    is_for_everybody(page, f"Welcome, {person.username}")
    page.goto("/setup-2fa")
    is_for_everybody(page, "Add an authenticator")
    page.goto("/backup-codes")
    presses(page, "Make new codes")
    is_for_everybody(page, "Save your backup codes")
    presses(page, "Continue")
    expect(page.get_by_role("alert")).to_be_focused()
    is_for_everybody(page, "Save your backup codes")
    page.goto("/backup-codes")
    expect(page.get_by_text("You have not said that you saved this set.")).to_be_visible()
    is_for_everybody(page, "Backup codes")

    site.rows(_LET_IT_GROW_OLD, name=person.username)
    page.goto("/setup-2fa")
    is_for_everybody(page, "Confirm it’s you")
    code_field(page).fill("12345")
    presses(page, "Continue")
    expect(page.get_by_role("alert")).to_be_focused()
    is_for_everybody(page, "Confirm it’s you")


def test_pages_that_keep_the_account(site: RunningSite, visitor: Visitor) -> None:
    person = site.member()
    page = visitor()
    takes_over(page, person)
    page.goto("/security")
    is_for_everybody(page, "Security")
    link(page, "Manage authenticators").click()
    is_for_everybody(page, "Authenticators")
    link(page, "Change Phone").click()
    is_for_everybody(page, "Phone")
    page.get_by_label("Name of this authenticator").fill("x" * 41)
    presses(page, "Save the name")
    expect(page.get_by_role("alert")).to_be_focused()
    is_for_everybody(page, "Phone")
    link(page, "Remove Phone").click()
    is_for_everybody(page, "Remove Phone")
    link(page, "Set up another one").click()
    is_for_everybody(page, "Replace Phone")
    site.rows("UPDATE vestibule_authenticator SET drift = 2")
    page.goto("/security/clock")
    is_for_everybody(page, "Your phone’s clock is off")


def test_pages_of_what_is_seen(site: RunningSite, visitor: Visitor) -> None:
    person = site.member()
    other = person.in_another_browser()
    other.signs_in(with_backup_code=True)
    page = visitor()
    takes_over(page, person)
    for path, heading in (
        ("/security/sessions", "Sessions"),
        ("/security/browsers", "Browsers"),
        ("/security/activity", "Recent activity"),
    ):
        page.goto(path)
        is_for_everybody(page, heading)
    page.goto("/security/browsers")
    link(page, "Rename").first.click()
    is_for_everybody(page, "An unknown browser")
    page.get_by_label("Name of this browser").fill("x" * 61)
    presses(page, "Save the name")
    expect(page.get_by_role("alert")).to_be_focused()
    is_for_everybody(page, "An unknown browser")


_LET_IT_GROW_OLD = """
UPDATE vestibule_session SET second_step_at = '2000-01-01 00:00:00.000000'
WHERE login_id = (SELECT id FROM account WHERE username = :name)
"""


def is_for_everybody(page: Page, heading: str) -> None:
    """No finding of axe on a desk by day and on a phone at night, no sideways scroll at 320 px."""
    sees(page, heading)
    assert _findings(Axe().run(page).response) == []
    page.set_viewport_size({"width": NARROW, "height": 800})
    page.emulate_media(color_scheme="dark")
    assert _findings(page.evaluate("rules => axe.run({runOnly: rules})", OF_LIGHT_AND_WIDTH)) == []
    page.set_viewport_size({"width": NARROWEST, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROWEST
    assert _low_targets(page) == []
    page.set_viewport_size({"width": WIDE, "height": 800})
    page.emulate_media(color_scheme="light")


def _findings(answer: dict[str, Any]) -> list[tuple[str, str, list[str]]]:
    return [
        (one["id"], one["impact"], [node["html"] for node in one["nodes"]])
        for one in answer["violations"]
    ]


def _low_targets(page: Page) -> list[str]:
    """What is to be pressed but hard to hit. Links within a sentence may be as low as its line."""
    return page.locator("button:visible, a:visible, summary:visible, input:visible").evaluate_all(
        f"all => all.filter(one => one.getBoundingClientRect().height < {LOWEST_TARGET})"
        ".map(one => one.outerHTML)"
    )
