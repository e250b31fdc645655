"""A lost phone: with a backup code, with nothing at all, and a thief who only says so."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.test_every_page import is_for_everybody
from tests.journeys.test_forgotten_password import newest_link
from tests.support.in_chromium import (
    button,
    code_field,
    enters_password,
    link,
    path,
    presses,
    scans_into_app,
    sees,
    takes_over,
)
from tests.support.journeys import Visitor
from tests.support.pages import Page as Parsed
from tests.support.person import Person
from tests.support.running_site import RunningSite

WAIT = timedelta(hours=72)
ASKED = "Somebody wants to replace your second step at"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    """Whose operator allows recovery after three days."""
    allowed = {
        "VESTIBULE_RECOVERY_AFTER": str(WAIT.total_seconds()),
        "VESTIBULE_CONTACT": "help@example.org",
    }
    folder: Path = tmp_path_factory.mktemp("recovery")
    with RunningSite(folder / "instance", environment=allowed) as running:
        yield running


@pytest.fixture
def owner(site: RunningSite) -> Person:
    """Whose address is confirmed, and who is signed in at home."""
    owner = site.member()
    page = owner.opens("/dashboard")
    owner.sends(page, Parsed(page.text).form(action="/confirm-email/send"))
    page = owner.opens(newest_link(site, owner, "Confirm"))
    owner.sends(page, Parsed(page.text).form(action="/confirm-email"))
    return owner


def waits(site: RunningSite, person: Person) -> None:
    """Three days, for this account alone."""
    site.rows(_LET_IT_BE_OVER, name=person.username)


_LET_IT_BE_OVER = """
UPDATE vestibule_recovery SET opens_at = '2026-01-01 00:00:00.000000'
WHERE subject_id = (SELECT vestibule_subject.id FROM vestibule_subject
  JOIN account ON account.id = vestibule_subject.user_id WHERE account.username = :name)
"""


def asks(site: RunningSite, page: Page, person: Person, *, looks: bool = False) -> None:
    """From the sign-in page to where the waiting time begins."""
    look = is_for_everybody if looks else sees
    enters_password(page, person)
    link(page, "I can’t use any of these").click()
    presses(page, "Send the link")
    expect(page.get_by_role("status")).to_contain_text("A mail with a link is on its way to p…@")
    look(page, "Other ways to sign in")
    page.goto(newest_link(site, person, "Replace your second step"))
    assert path(page) == "/recover/confirm"
    look(page, "Ask for a new second step")
    presses(page, "Start the waiting time")
    expect(page.get_by_role("status")).to_contain_text("A new second step was asked for.")
    look(page, "Other ways to sign in")


@pytest.mark.requirement("REC-2")
def test_a_lost_phone_and_a_backup_code(site: RunningSite, visitor: Visitor, owner: Person) -> None:
    page = visitor()
    enters_password(page, owner)
    link(page, "I can’t use any of these").click()
    is_for_everybody(page, "Other ways to sign in")
    expect(page.get_by_role("main")).to_contain_text("You have 10 backup codes left.")
    expect(page.get_by_role("main")).to_contain_text("help@example.org")
    link(page, "Use a backup code").click()
    page.get_by_label("Backup code").fill(owner.backup_codes.pop(0))
    presses(page, "Sign in")
    sees(page, "You have 9 backup codes left")
    page.goto("/setup-2fa")
    sees(page, "Add an authenticator")
    scans_into_app(page, owner)
    code_field(page).fill(owner.fresh_code())
    presses(page, "Continue")
    assert not owner.is_signed_in()


@pytest.mark.requirement("REC-2", "REC-11")
@pytest.mark.parametrize("scripts", [True, False])
def test_everything_lost_and_the_waiting_time(
    site: RunningSite, visitor: Visitor, owner: Person, scripts: bool
) -> None:
    page = visitor()
    asks(site, page, owner, looks=scripts)
    page = visitor(scripts=scripts)
    enters_password(page, owner)
    expect(page.get_by_text("The waiting time is over")).to_have_count(0)
    waits(site, owner)
    page.reload()
    expect(page.get_by_text("The waiting time is over")).to_be_visible()
    if scripts:
        is_for_everybody(page, "Enter your code")
    link(page, "Set up a new second step").click()
    if scripts:
        is_for_everybody(page, "Other ways to sign in")
    presses(page, "Send the link")
    expect(page.get_by_role("status")).to_contain_text("A mail with a link is on its way")
    page.goto(newest_link(site, owner, "Replace your second step"))
    sees(page, "Set up a new second step")
    if scripts:
        is_for_everybody(page, "Set up a new second step")
    presses(page, "Continue")
    sees(page, "Set up an authenticator")
    if scripts:
        is_for_everybody(page, "Set up an authenticator")
    scans_into_app(page, owner)
    code_field(page).fill(owner.fresh_code())
    presses(page, "Continue")
    sees(page, "Save your backup codes")
    page.get_by_label("I have saved these codes").check()
    presses(page, "Continue")
    sees(page, f"Welcome, {owner.username}")
    assert not owner.is_signed_in()
    assert len(site.rows("SELECT * FROM vestibule_recovery")) == 0


@pytest.mark.requirement("REC-9")
def test_stopped_by_the_owner_who_is_still_signed_in(
    site: RunningSite, visitor: Visitor, owner: Person
) -> None:
    thief = visitor()
    asks(site, thief, owner)
    page = visitor()
    takes_over(page, owner)
    page.goto("/dashboard")
    alarm = page.get_by_role("alert")
    expect(alarm).to_contain_text("Somebody wants to replace your second step.")
    is_for_everybody(page, f"Welcome, {owner.username}")
    presses(page, "Stop it")
    expect(page.get_by_role("status")).to_contain_text("It is stopped.")
    expect(alarm).to_have_count(0)
    is_shut_out(site, thief, owner)


@pytest.mark.requirement("REC-9")
def test_stopped_from_the_mail_and_the_account_closed_to_the_thief(
    site: RunningSite, visitor: Visitor, owner: Person
) -> None:
    """The thief knows the password and reads the mailbox, as the owner does."""
    thief = visitor()
    asks(site, thief, owner)
    page = visitor()
    page.goto(newest_link(site, owner, ASKED))
    assert path(page) == "/recover/stop"
    is_for_everybody(page, "Keep your second step")
    presses(page, "Stop it")
    is_for_everybody(page, "Your second step stays as it is")
    link(page, "This wasn’t me: end everything").click()
    presses(page, "This wasn’t me: end everything")
    sees(page, "Everything was ended")

    thief.goto("/login")
    thief.get_by_label("User name or email").fill(owner.username)
    thief.get_by_label("Password", exact=True).fill(owner.password)
    presses(thief, "Sign in")
    sees(thief, "Sign in")
    # The mailbox sets a new password, and then no recovery for a month.
    owner.password = "what the thief would like 19"
    thief.goto("/forgot-password")
    thief.get_by_label("Email").fill(owner.email)
    presses(thief, "Send link")
    thief.goto(newest_link(site, owner, "New password"))
    thief.get_by_label("New password", exact=True).fill(owner.password)
    presses(thief, "Set password")
    enters_password(thief, owner)
    link(thief, "I can’t use any of these").click()
    expect(thief.get_by_role("main")).to_contain_text("It can be asked for from")
    expect(button(thief, "Send the link")).to_have_count(0)


def is_shut_out(site: RunningSite, thief: Page, owner: Person) -> None:
    waits(site, owner)
    enters_password(thief, owner)
    expect(thief.get_by_text("The waiting time is over")).to_have_count(0)
    link(thief, "I can’t use any of these").click()
    expect(thief.get_by_text("The waiting time is over")).to_have_count(0)
    thief.goto("/setup-2fa")
    sees(thief, "Enter your code")
