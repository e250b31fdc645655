"""A forgotten password, from the sign-in page to the dashboard; and a changed one."""

from __future__ import annotations

import email
import email.policy
import re

import pytest
from playwright.sync_api import expect

from tests.journeys.test_every_page import is_for_everybody
from tests.support.in_chromium import (
    button,
    enters_code,
    enters_password,
    link,
    path,
    presses,
    sees,
    sees_problem,
    takes_over,
)
from tests.support.journeys import Visitor
from tests.support.person import Person
from tests.support.races import wait_for
from tests.support.running_site import RunningSite

NEW = "quite another passphrase 19"


_opened: set[str] = set()


def newest_link(site: RunningSite, person: Person, subject: str) -> str:
    """The link in the newest mail to this person of this kind, once one more was sent."""
    found: list[str] = []

    def looks() -> bool:
        files = (site.instance / "outbox").glob("*.eml")
        for file in sorted(files, key=lambda file: file.stat().st_mtime_ns):
            mail = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
            if mail["To"] == person.email and mail["Subject"].startswith(subject):
                text = mail.get_body(("plain",)).get_content()
                found.extend(re.findall(r"^http://[^/\s]+(/\S+\?token=\S+)", text, re.MULTILINE))
        return bool(set(found) - _opened)

    wait_for(looks)
    _opened.update(found)
    return found[-1]


@pytest.mark.requirement("REC-1")
@pytest.mark.requirement("REC-7")
@pytest.mark.parametrize("scripts", [True, False])
def test_a_forgotten_password_and_then_both_steps(
    site: RunningSite, visitor: Visitor, scripts: bool
) -> None:
    person = site.member()
    page = visitor(scripts=scripts)
    takes_over(page, person)
    page.goto("/dashboard")
    presses(page, "Confirm address")
    expect(page.get_by_role("status")).to_contain_text(f"on its way to {person.email}")
    page.goto(newest_link(site, person, "Confirm"))
    sees(page, "Confirm your e-mail address")
    assert path(page) == "/confirm-email"
    if scripts:
        is_for_everybody(page, "Confirm your e-mail address")
    presses(page, "Confirm address")
    expect(page.get_by_role("status")).to_have_text("Your e-mail address is confirmed.")

    page = visitor(scripts=scripts)
    page.goto("/login")
    link(page, "Forgot your password?").click()
    sees(page, "Forgot your password?")
    presses(page, "Send link")
    expect(page.get_by_role("alert")).to_contain_text("Enter your e-mail address.")
    page.get_by_label("Email").fill(person.email)
    if scripts:
        is_for_everybody(page, "Forgot your password?")
        page.get_by_label("Email").fill(person.email)
    presses(page, "Send link")
    sees(page, "Look into your mailbox")
    expect(page.get_by_role("main")).to_contain_text("The link works once, for one hour.")
    page.goto(newest_link(site, person, "New password"))
    sees(page, "Choose a new password")
    assert path(page) == "/reset-password"
    page.get_by_label("New password", exact=True).fill("short")
    presses(page, "Set password")
    if scripts:
        is_for_everybody(page, "Choose a new password")
    page.get_by_label("New password", exact=True).fill(NEW)
    presses(page, "Set password")
    sees(page, "Sign in")
    expect(page.get_by_role("status")).to_have_text("Your password is changed. Sign in with it.")
    expect(page.get_by_label("User name or email")).to_have_value(person.username)
    page.get_by_label("Password", exact=True).fill(NEW)
    presses(page, "Sign in")
    sees(page, "Enter your code")
    enters_code(page, person.fresh_code())
    sees(page, f"Welcome, {person.username}")
    page.goto("/reset-password")
    sees(page, "This link does not work any more")
    if scripts:
        is_for_everybody(page, "This link does not work any more")


@pytest.mark.requirement("REC-1", "REC-2")
def test_a_thief_with_password_and_mailbox_gets_nowhere(
    site: RunningSite, visitor: Visitor
) -> None:
    """Where the operator did not switch recovery on."""
    owner = site.member()
    page = visitor()
    enters_password(page, owner)
    link(page, "I can’t use any of these").click()
    is_for_everybody(page, "Other ways to sign in")
    expect(page.get_by_role("main")).not_to_contain_text("waiting time")
    expect(page.get_by_role("main").get_by_role("button")).to_have_text(["Use another account"])
    for there in ("/recover/confirm", "/recover/link?token=x", "/recover/stop"):
        page.goto(there)
        sees(page, "This link does not work any more")
    page.goto("/setup-2fa")
    sees(page, "Enter your code")


@pytest.mark.requirement("PW-15")
def test_changing_the_password(site: RunningSite, visitor: Visitor) -> None:
    person = site.member()
    page = visitor()
    enters_password(page, person)
    enters_code(page, person.fresh_code())
    link(page, "Change password").click()
    sees(page, "Change password")
    page.get_by_label("Current password", exact=True).fill("not my password")
    page.get_by_label("New password", exact=True).fill(NEW)
    presses(page, "Change password")
    sees_problem(page, "The current password is not right.")
    is_for_everybody(page, "Change password")
    page.get_by_label("Current password", exact=True).fill(person.password)
    page.get_by_label("New password", exact=True).fill(NEW)
    presses(page, "Change password")
    sees(page, f"Welcome, {person.username}")
    expect(page.get_by_role("status")).to_contain_text("Your password is changed.")
    expect(button(page, "Sign out")).to_be_visible()
