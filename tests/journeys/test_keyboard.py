"""With the keyboard alone: set up, save the codes, sign out, sign in."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.support.in_chromium import (
    button,
    code_field,
    scans_into_app,
    sees,
    tabs_to,
    takes_over,
)
from tests.support.journeys import Visitor
from tests.support.running_site import RunningSite


@pytest.mark.requirement("URI-7")
@pytest.mark.requirement("A11Y-6")
def test_nobody_needs_a_mouse(site: RunningSite, visitor: Visitor) -> None:
    person = site.person()
    person.registers()
    page = visitor()
    takes_over(page, person)
    keys = page.keyboard

    page.goto("/setup-2fa")
    scans_into_app(page, person)
    tabs_to(page, code_field(page))
    keys.type(person.fresh_code())
    keys.press("Enter")
    sees(page, "Save your backup codes")
    tabs_to(page, page.get_by_label("I have saved these codes"))
    keys.press("Space")
    tabs_to(page, button(page, "Continue"))
    keys.press("Enter")
    sees(page, f"Welcome, {person.username}")
    tabs_to(page, button(page, "Sign out"))
    keys.press("Enter")
    sees(page, "Your account, behind two doors")

    tabs_to(page, page.get_by_role("link", name="Sign in"))
    keys.press("Enter")
    sees(page, "Sign in")
    # The field to begin with has the focus already, here and at the code.
    expect(page.get_by_label("User name or email")).to_be_focused()
    keys.type(person.username)
    keys.press("Tab")
    keys.type(person.password)
    keys.press("Enter")
    sees(page, "Enter your code")
    expect(code_field(page)).to_be_focused()
    keys.type(person.fresh_code())
    keys.press("Enter")
    sees(page, f"Welcome, {person.username}")
