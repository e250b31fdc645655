"""A trusted browser: chosen, used, copied by a thief, and what its owner sees of that."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.test_changed_account import subjects
from tests.journeys.test_every_page import is_for_everybody
from tests.support.in_chromium import (
    code_field,
    enters_code,
    enters_password,
    presses,
    sees,
)
from tests.support.journeys import Visitor
from tests.support.person import Person
from tests.support.races import wait_for
from tests.support.running_site import RunningSite


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    """Whose operator lets browsers be trusted for a month."""
    folder: Path = tmp_path_factory.mktemp("trust")
    allowed = {
        "VESTIBULE_TRUST_BROWSERS_FOR": str(30 * 24 * 3600),
        "VESTIBULE_TRUST_WHERE_REQUIRED": "1",
    }
    with RunningSite(folder / "instance", environment=allowed) as running:
        yield running


@pytest.mark.requirement("TD-2")
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_copied_cookie_ends_the_trust_and_what_it_opened(
    site: RunningSite, visitor: Visitor, scripts: bool
) -> None:
    owner = site.member()
    home = visitor(scripts=scripts)
    enters_password(home, owner)
    home.get_by_label("Trust this browser for 30 days").check()
    enters_code(home, owner.fresh_code())
    sees(home, f"Welcome, {owner.username}")
    home.goto("/security/browsers")
    if scripts:
        is_for_everybody(home, "Browsers")
    expect(home.get_by_role("heading", name="Trusted browsers")).to_be_visible()
    presses(home, "Sign out")

    thief = visitor()
    thief.context.add_cookies(home.context.cookies())  # type: ignore[arg-type]
    signs_in_with_the_password_alone(thief, owner)
    thief.goto("/security/authenticators")
    thief.get_by_role("link", name="Add an authenticator").click()
    sees(thief, "Confirm it’s you")

    site.rows(_LONGER_AGO_THAN_A_DOUBLE_CLICK)
    enters_password(home, owner)
    expect(code_field(home)).to_be_visible()
    thief.goto("/dashboard")
    sees(thief, "Sign in")
    enters_password(thief, owner)
    wait_for(lambda: "A trusted browser was ended" in subjects(site, owner))


_LONGER_AGO_THAN_A_DOUBLE_CLICK = """
UPDATE vestibule_trusted_browser SET rotated_at = '2026-01-01 00:00:00.000000'
"""


def signs_in_with_the_password_alone(page: Page, person: Person) -> None:
    page.goto("/login")
    page.get_by_label("User name or email").fill(person.username)
    page.get_by_label("Password", exact=True).fill(person.password)
    presses(page, "Sign in")
    sees(page, f"Welcome, {person.username}")
