"""A phone is lost, another one comes; and what was typed while one confirms is not lost."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.support.in_chromium import (
    button,
    code_field,
    enters_password,
    link,
    presses,
    scans_into_app,
    sees,
    takes_over,
)
from tests.support.journeys import NARROW, Visitor
from tests.support.person import Person
from tests.support.running_site import RunningSite

LET_IT_GROW_OLD = """
UPDATE vestibule_session SET second_step_at = '2000-01-01 00:00:00.000000'
WHERE login_id = (SELECT id FROM account WHERE username = :name)
"""


def follows(page: Page, name: str) -> None:
    with page.expect_navigation():
        link(page, name).click()


@pytest.mark.requirement("TOTP-17", "BC-3")
def test_a_lost_phone_is_replaced_with_a_backup_code(site: RunningSite, visitor: Visitor) -> None:
    person = site.member()
    lost = person.authenticator
    page = visitor(width=NARROW, scheme="dark", scripts=False)
    enters_password(page, person)
    follows(page, "Use a backup code")
    page.get_by_label("Backup code").fill(person.backup_codes[0])
    presses(page, "Sign in")
    sees(page, "You have 9 backup codes left")
    follows(page, "Lost your phone? Set up a new authenticator")
    sees(page, "Replace Phone")
    scans_into_app(page, person)
    page.get_by_label("Name of this authenticator").fill("New phone")
    code_field(page).fill(person.fresh_code())
    presses(page, "Continue")
    sees(page, "Backup codes")
    page.goto("/security/authenticators")
    expect(page.get_by_role("listitem")).to_have_count(1)
    expect(page.get_by_role("listitem")).to_contain_text("New phone: on since")
    assert not person.is_signed_in()  # the browser that somebody has with the lost phone

    thief = visitor()
    enters_password(thief, person)
    assert lost is not None
    code_field(thief).fill(lost.fresh_code())
    presses(thief, "Sign in")
    sees(thief, "Enter your code")
    code_field(thief).fill(person.fresh_code())
    presses(thief, "Sign in")
    sees(thief, f"Welcome, {person.username}")


def _member_with_two(site: RunningSite) -> Person:
    person = site.member()
    person.sets_up_authenticator("Tablet")
    return person


@pytest.mark.requirement("SES-13")
@pytest.mark.parametrize("scripts", [True, False])
def test_a_removal_waits_for_confirm_its_you_and_goes_on(
    site: RunningSite, visitor: Visitor, scripts: bool
) -> None:
    person = _member_with_two(site)
    page = visitor(scripts=scripts)
    takes_over(page, person)
    page.goto("/dashboard")
    follows(page, "Manage security")
    sees(page, "Security")
    follows(page, "Manage authenticators")
    follows(page, "Change Phone")
    follows(page, "Remove Phone")
    sees(page, "Remove Phone")
    site.rows(LET_IT_GROW_OLD, name=person.username)
    presses(page, "Remove Phone")
    sees(page, "Confirm it’s you")
    expect(page.get_by_text("You are about to remove an authenticator.")).to_be_visible()
    code_field(page).fill("12345")
    presses(page, "Continue")
    sees(page, "Confirm it’s you")
    code_field(page).fill(person.fresh_code())
    button(page, "Continue").click()
    if not scripts:
        sees(page, "Confirmed")
        presses(page, "Continue")
    sees(page, "Authenticators")
    expect(page.get_by_text("The authenticator is removed.")).to_be_visible()
    expect(page.get_by_role("listitem")).to_have_count(1)


def test_back_after_it_went_on_sends_nothing_again(site: RunningSite, visitor: Visitor) -> None:
    person = _member_with_two(site)
    page = visitor()
    takes_over(page, person)
    page.goto("/security/authenticators")
    follows(page, "Change Tablet")
    page.get_by_label("Name of this authenticator").fill("Slate")
    site.rows(LET_IT_GROW_OLD, name=person.username)
    presses(page, "Save the name")
    code_field(page).fill(person.fresh_code())
    button(page, "Continue").click()
    sees(page, "Authenticators")
    expect(page.get_by_text("The new name is saved.")).to_be_visible()
    page.go_back()
    sees(page, "Slate")
    page.go_back()
    sees(page, "Slate")
    renamed = site.events("authenticator.renamed")
    subject = renamed[-1]["subject_id"]
    assert len([row for row in renamed if row["subject_id"] == subject]) == 1
