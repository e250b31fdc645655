"""Another e-mail address for an account of the ready site, and the end of an account."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.journeys.test_every_page import is_for_everybody
from tests.journeys.test_forgotten_password import newest_link
from tests.support.in_chromium import presses, sees, sees_problem, takes_over
from tests.support.journeys import Visitor
from tests.support.person import Person
from tests.support.races import wait_for
from tests.support.running_site import RunningSite


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    folder: Path = tmp_path_factory.mktemp("changed-account")
    with RunningSite(folder / "instance", environment={"VESTIBULE_CHANGE_NAMES": "1"}) as running:
        yield running


@pytest.mark.requirement("REC-3")
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_another_address(site: RunningSite, visitor: Visitor, scripts: bool) -> None:
    person = site.member()
    new = Person(site.url)
    page = visitor(scripts=scripts)
    takes_over(page, person)
    page.goto("/security/email")
    sees(page, "Change e-mail address")
    page.get_by_label("New e-mail address").fill(new.email)
    page.get_by_label("Current password", exact=True).fill("not my password")
    presses(page, "Send link")
    expect(page.get_by_role("alert")).to_contain_text("The current password is not right.")
    if scripts:
        sees_problem(page, "The current password is not right.")
        is_for_everybody(page, "Change e-mail address")
    page.get_by_label("New e-mail address").fill(new.email)
    page.get_by_label("Current password", exact=True).fill(person.password)
    presses(page, "Send link")
    sees(page, "Look into your new mailbox")
    wait_for(lambda: "Another e-mail address asked for" in subjects(site, person))
    page.goto(newest_link(site, new, "Your new e-mail address"))
    sees(page, "Confirm your new e-mail address")
    if scripts:
        is_for_everybody(page, "Confirm your new e-mail address")
    assert address(site, person) == person.email
    presses(page, "Change address")
    expect(page.get_by_role("status")).to_contain_text("Your e-mail address is changed.")
    assert address(site, person) == new.email


def test_an_account_is_closed(site: RunningSite, visitor: Visitor) -> None:
    person = site.member()
    page = visitor()
    takes_over(page, person)
    page.goto("/security/notices")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.goto("/security/name")
    is_for_everybody(page, "Change user name")
    page.goto("/security/close")
    sees(page, "Close account")
    is_for_everybody(page, "Close account")
    page.get_by_label("Type your user name").fill(person.username)
    page.get_by_label("Current password", exact=True).fill(person.password)
    presses(page, "Close this account for ever")
    sees(page, "Your account is closed")
    assert not site.rows("SELECT id FROM account WHERE username = :name", name=person.username)


def subjects(site: RunningSite, person: Person) -> str:
    """Of the mails that this person's address got."""
    mails = [
        email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
        for file in (site.instance / "outbox").glob("*.eml")
    ]
    return "\n".join(mail["Subject"] for mail in mails if mail["To"] == person.email)


def address(site: RunningSite, person: Person) -> str:
    (row,) = site.rows("SELECT email FROM account WHERE username = :name", name=person.username)
    return str(row["email"])
