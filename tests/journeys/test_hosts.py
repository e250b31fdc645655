"""The whole sign-in of three applications that are not ours, in a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.support.in_chromium import code_field, path, presses, scans_into_app, sees
from tests.support.journeys import Visitor
from tests.support.person import Person
from tests.support.running_host import PREFIX, RunningHost, Shape

TUTORIAL = Shape("tutorial")
CROWDED = Shape("crowded", home="/admin/")
SINGLE_PAGE = Shape("single_page")


@pytest.fixture(params=[TUTORIAL, CROWDED, SINGLE_PAGE], ids=str)
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RunningHost]:
    with RunningHost(request.param, tmp_path) as host:
        yield host


def test_a_host_leads_from_its_password_page_to_its_protected_page(
    site: RunningHost, visitor: Visitor
) -> None:
    ann, page = site.member(), visitor()
    enters_password(page, ann)
    sees(page, "Set up an authenticator")
    page.goto(ann.home)
    if site.shape is not SINGLE_PAGE:  # which answers a stranger in JSON
        sees(page, "Set up an authenticator")
    page.goto(f"{PREFIX}/setup-2fa")
    scans_into_app(page, ann)
    code_field(page).fill(ann.fresh_code())
    presses(page, "Continue")
    page.get_by_label("I have saved these codes").check()
    presses(page, "Continue")
    sees(page, "Welcome, ann")
    assert path(page) == ann.home

    presses(page, "Sign out")
    enters_password(page, ann)
    sees(page, "Enter your code")
    code_field(page).fill(ann.wrong_code())
    presses(page, "Sign in")
    sees(page, "Enter your code")
    code_field(page).fill(ann.fresh_code())
    presses(page, "Sign in")
    sees(page, "Welcome, ann")
    assert page.get_by_text("acme").is_visible()


def enters_password(page: Page, person: Person) -> None:
    page.goto("/login")
    page.get_by_label("User name").fill(person.username)
    page.get_by_label("Password").fill(person.password)
    presses(page, "Sign in")
