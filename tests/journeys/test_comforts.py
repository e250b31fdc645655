"""What scripts and style sheets add: show a password, copy a key, print the sheet alone."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.support.in_chromium import (
    button,
    code_field,
    presses,
    scans_into_app,
    sees,
    takes_over,
)
from tests.support.journeys import Visitor
from tests.support.person import BACKUP_CODE
from tests.support.running_site import RunningSite


def test_a_shown_password_is_hidden_again_when_it_is_sent(visitor: Visitor) -> None:
    page = visitor()
    page.goto("/login")
    password = page.get_by_label("Password", exact=True)
    password.fill("what is in here")
    button(page, "Show password").click()
    expect(password).to_have_attribute("type", "text")
    page.route("**/login", lambda route: route.fulfill(status=204))  # so that the page stays
    button(page, "Sign in").click()
    expect(password).to_have_attribute("type", "password")
    expect(password).to_have_value("what is in here")


def test_key_and_codes_are_copied_whole_and_printed_alone(
    site: RunningSite, visitor: Visitor
) -> None:
    person = site.person()
    person.registers()
    page = visitor()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    takes_over(page, person)
    page.goto("/setup-2fa")
    scans_into_app(page, person)
    button(page, "Copy key").click()
    expect(button(page, "Copied")).to_be_visible()
    assert _clipboard(page) == person.secret

    code_field(page).fill(person.fresh_code())
    presses(page, "Continue")
    sees(page, "Save your backup codes")
    button(page, "Copy").click()
    expect(button(page, "Copied")).to_be_visible()
    copied = _clipboard(page).split("\n")
    assert len(copied) == 10
    assert all(BACKUP_CODE.fullmatch(code) for code in copied)

    page.emulate_media(media="print")
    printed = page.locator("body").inner_text().split()
    assert [word for word in printed if BACKUP_CODE.fullmatch(word)] == copied
    for unwanted in (
        page.get_by_role("heading"),
        page.get_by_role("button"),
        page.locator("label"),
    ):
        expect(unwanted.filter(visible=True)).to_have_count(0)


def _clipboard(page: Page) -> str:
    return str(page.evaluate("navigator.clipboard.readText()"))
