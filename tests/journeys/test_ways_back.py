"""Detours: too late, the back button, a second tab, a double click, a page that was asked for."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.in_chromium import (
    button,
    code_field,
    enters_code,
    enters_password,
    path,
    presses,
    scans_into_app,
    sees,
)
from tests.support.journeys import Visitor
from tests.support.person import Person
from tests.support.running_site import RunningSite


@pytest.mark.requirement("A11Y-5")
def test_a_second_step_left_open_too_long_leads_back_kindly(
    site: RunningSite, visitor: Visitor
) -> None:
    person = site.member()
    page = visitor()
    enters_password(page, person, at="/dashboard?x=1")
    _lets_ten_minutes_pass(site, person)
    enters_code(page, person.fresh_code())

    sees(page, "Sign in")
    expect(page.get_by_role("main")).to_contain_text(
        "You took longer than 10 minutes, so sign in again."
    )
    expect(page.get_by_label("User name or email")).to_have_value(person.username)
    password = page.get_by_label("Password", exact=True)
    expect(password).to_be_focused()
    password.fill(person.password)
    presses(page, "Sign in")
    sees(page, "Enter your code")
    enters_code(page, person.fresh_code())
    sees(page, f"Welcome, {person.username}")
    assert path(page) == "/dashboard?x=1"


def test_a_page_asked_for_before_signing_in_opens_afterwards(
    site: RunningSite, visitor: Visitor
) -> None:
    person = site.member()
    page = visitor()
    enters_password(page, person, at="/dashboard?x=1")
    enters_code(page, person.fresh_code())
    sees(page, f"Welcome, {person.username}")
    assert path(page) == "/dashboard?x=1"


@pytest.mark.requirement("SES-2")
def test_the_back_button_neither_shows_an_error_nor_what_was_signed_out(
    site: RunningSite, visitor: Visitor
) -> None:
    person = site.member()
    page = visitor()
    page.goto("/")
    enters_password(page, person)
    enters_code(page, person.wrong_code())
    expect(page.get_by_role("alert")).to_be_visible()
    enters_code(page, person.fresh_code())
    sees(page, f"Welcome, {person.username}")

    page.go_back()
    sees(page, f"Welcome, {person.username}")
    page.go_back()
    sees(page, f"Welcome, {person.username}")

    presses(page, "Sign out")
    sees(page, "Your account, behind two doors")
    page.go_back()
    sees(page, "Sign in")


def test_a_second_tab_goes_on_where_the_first_one_is(site: RunningSite, visitor: Visitor) -> None:
    person = site.member()
    first = visitor()
    old_form = first.context.new_page()
    old_form.goto("/login")
    enters_password(first, person)
    second = first.context.new_page()
    second.goto("/verify-2fa")
    enters_code(first, person.fresh_code())
    sees(first, f"Welcome, {person.username}")

    enters_code(second, "123456")
    sees(second, f"Welcome, {person.username}")
    old_form.get_by_label("User name or email").fill(person.username)
    old_form.get_by_label("Password", exact=True).fill(person.password)
    presses(old_form, "Sign in")
    sees(old_form, f"Welcome, {person.username}")

    for tab in (first, second):
        presses(tab, "Sign out")
        sees(tab, "Your account, behind two doors")
    old_form.reload()
    sees(old_form, "Sign in")


def test_a_double_click_does_everything_once(site: RunningSite, visitor: Visitor) -> None:
    person = site.person()
    page = visitor()
    page.goto("/register")
    page.get_by_label("User name").fill(person.username)
    page.get_by_label("Email").fill(person.email)
    page.get_by_label("Password", exact=True).fill(person.password)
    _double_clicks(page, "Create account")
    sees(page, "Set up an authenticator")

    scans_into_app(page, person)
    code_field(page).fill(person.fresh_code())
    _double_clicks(page, "Continue")
    sees(page, "Save your backup codes")
    page.get_by_label("I have saved these codes").check()
    _double_clicks(page, "Continue")
    sees(page, f"Welcome, {person.username}")

    page.context.clear_cookies()
    page.goto("/login")
    page.get_by_label("User name or email").fill(person.username)
    page.get_by_label("Password", exact=True).fill(person.password)
    _double_clicks(page, "Sign in")
    sees(page, "Enter your code")
    code_field(page).fill(person.fresh_code())
    _double_clicks(page, "Sign in")
    sees(page, f"Welcome, {person.username}")
    assert len(site.rows(_SESSIONS, name=person.username)) == 2


def test_without_scripts_a_double_click_at_the_code_costs_one_more_sign_in_at_most(
    site: RunningSite, visitor: Visitor
) -> None:
    person = site.member()
    page = visitor(scripts=False)
    enters_password(page, person)
    code_field(page).fill(person.fresh_code())
    _double_clicks(page, "Sign in")
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"Welcome|Sign in"))


def test_somebody_who_is_not_it_leaves_for_another_account(
    site: RunningSite, visitor: Visitor
) -> None:
    person = site.member()
    page = visitor()
    enters_password(page, person)
    presses(page, "Use another account")
    sees(page, "Sign in")
    expect(page.get_by_label("User name or email")).to_have_value("")


_SESSIONS = """
SELECT session.id FROM vestibule_session AS session JOIN account ON account.id = session.login_id
WHERE account.username = :name
"""


def _lets_ten_minutes_pass(site: RunningSite, person: Person) -> None:
    site.rows(
        "UPDATE vestibule_pending_signin SET ends_at = '2000-01-01 00:00:00.000000'"
        " WHERE account_name = :name",
        name=person.username,
    )


def _double_clicks(page: Page, name: str) -> None:
    """As a hand does it: the second click comes while the first one's answer is on its way."""
    goal = button(page, name)
    goal.scroll_into_view_if_needed()
    box = goal.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 20, box["y"] + 20, click_count=2, delay=15)
