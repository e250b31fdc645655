"""A code that does not pass: the person reads why, and how to put it right."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import expect

from tests.support.authenticator import STEP
from tests.support.in_chromium import (
    code_field,
    enters_code,
    enters_password,
    link,
    presses,
    scans_into_app,
    sees,
    sees_problem,
    takes_over,
)
from tests.support.journeys import Visitor
from tests.support.running_site import RunningSite

WRONG = (
    "That code is not right. Check that you opened Vestibule in the app and that the phone sets "
    "its time automatically."
)


@pytest.mark.requirement("A11Y-4")
def test_each_way_to_get_the_code_wrong_has_its_words(site: RunningSite, visitor: Visitor) -> None:
    person = site.member()
    person.in_another_browser().signs_in()
    page = visitor()
    enters_password(page, person)

    enters_code(page, "")
    sees_problem(page, "Enter the 6-digit code from your app.")
    enters_code(page, "12345")
    sees_problem(page, "You entered 5 digits, the code has 6.")
    enters_code(page, "abc123")
    sees_problem(page, "The code has digits only. To use a backup code, choose Use a backup code.")
    enters_code(page, person.authenticator.code_of(person.authenticator.last_step))
    expect(page.get_by_role("alert")).to_contain_text(
        re.compile(
            r"That code was already used\. Wait for the next one; it comes in \d+ seconds?\."
        )
    )
    enters_code(page, person.wrong_code())
    sees_problem(page, WRONG)
    expect(code_field(page)).to_have_value("")

    # The words lead to the field that they are about.
    page.get_by_role("alert").get_by_role("link").click()
    expect(code_field(page)).to_be_focused()


def test_from_the_second_failure_on_the_page_tells_the_servers_time(
    site: RunningSite, visitor: Visitor
) -> None:
    person = site.member()
    page = visitor()
    enters_password(page, person)
    told = page.get_by_text("here when this page loaded")
    enters_code(page, person.wrong_code())
    sees_problem(page, WRONG)
    expect(told).to_have_count(0)
    enters_code(page, person.wrong_code())
    expect(told).to_contain_text(re.compile(r"It was \d\d:\d\d:\d\d "))


def test_after_five_codes_the_page_names_the_ways_that_stay_open(
    site: RunningSite, visitor: Visitor
) -> None:
    person = site.member()
    page = visitor()
    enters_password(page, person)
    for _ in range(5):
        enters_code(page, person.wrong_code())
    enters_code(page, person.wrong_code())
    sees(page, "Too many tries")
    expect(page.get_by_role("main")).to_contain_text(
        re.compile(r"You can try again in \d+ seconds \(\d\d:\d\d")
    )
    link(page, "Use a backup code").click()
    page.get_by_label("Backup code").fill(person.backup_codes[0])
    presses(page, "Sign in")
    sees(page, "You have 9 backup codes left")


def test_a_backup_code_that_does_not_pass_has_its_words_too(
    site: RunningSite, visitor: Visitor
) -> None:
    person = site.member()
    used = person.backup_codes[0]
    person.in_another_browser().signs_in(with_backup_code=True)
    page = visitor()
    enters_password(page, person)
    link(page, "Use a backup code").click()
    for typed, words in (
        ("", "Enter one of your backup codes."),
        ("ABCD-EFGH", "You entered 8 characters, a backup code has 16."),
        (used, "That backup code was used before. Take another one."),
        ("0000-0000-0000-0000", "That backup code is not right. Look at the newest set."),
    ):
        field = page.get_by_label("Backup code")
        field.fill(typed)
        presses(page, "Sign in")
        sees_problem(page, words)
        expect(field).to_have_value("")


def test_at_set_up_the_words_say_how_far_the_phones_clock_is_off(
    site: RunningSite, visitor: Visitor
) -> None:
    person = site.person()
    person.registers()
    page = visitor()
    takes_over(page, person)
    page.goto("/setup-2fa")
    key = scans_into_app(page, person).secret

    def types(code: str) -> None:
        code_field(page).fill(code)
        presses(page, "Continue")

    types(person.wrong_code())
    sees_problem(
        page,
        "That code is not right. Check that the app shows the entry you just added, and enter the "
        "code it shows now.",
    )
    types(person.authenticator.code_of(int(time.time()) // STEP + 8))
    expect(page.get_by_role("alert")).to_contain_text(
        re.compile("Your phone's clock is about (3½|4) minutes ahead: let the phone set its time")
    )
    # Wrong codes and reloads leave the key as it was.
    page.reload()
    assert scans_into_app(page, person).secret == key
    types(person.fresh_code())
    sees(page, "Save your backup codes")
