"""The main job, in a real browser: register, scan, confirm, sign in with two steps."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.in_chromium import (
    button,
    code_field,
    enters_code,
    enters_password,
    link,
    path,
    presses,
    registers,
    scans_into_app,
    sees,
    sees_problem,
)
from tests.support.journeys import NARROW, WIDE, Scheme, Visitor
from tests.support.person import BACKUP_CODE
from tests.support.running_site import RunningSite


@pytest.mark.requirement("URI-1")
@pytest.mark.requirement("BC-8")
@pytest.mark.requirement("A11Y-1")
@pytest.mark.parametrize(
    ("width", "scheme", "scripts"),
    [
        pytest.param(WIDE, "light", True, id="desk"),
        pytest.param(NARROW, "dark", True, id="phone-at-night"),
        pytest.param(NARROW, "light", False, id="phone-without-scripts"),
    ],
)
def test_from_registering_to_signing_in_with_a_backup_code(
    site: RunningSite, visitor: Visitor, tmp_path: Path, width: int, scheme: Scheme, scripts: bool
) -> None:
    page = visitor(width=width, scheme=scheme, scripts=scripts)
    person = site.person()
    registers(page, person)

    entry = scans_into_app(page, person)
    assert (entry.issuer, entry.name) == ("Vestibule", person.username)
    code_field(page).fill(person.fresh_code())
    presses(page, "Continue")

    person.backup_codes = _keeps_backup_codes(page, tmp_path / "sheet.txt")
    sees(page, f"Welcome, {person.username}")
    assert path(page) == "/dashboard"

    _signs_out(page)
    enters_password(page, person)
    enters_code(page, person.fresh_code())
    sees(page, f"Welcome, {person.username}")

    _signs_out(page)
    enters_password(page, person)
    _enters_backup_code(page, person.backup_codes[0])
    sees(page, "You have 9 backup codes left")
    link(page, "Continue").click()
    sees(page, f"Welcome, {person.username}")


def _keeps_backup_codes(page: Page, sheet: Path) -> list[str]:
    sees(page, "Save your backup codes")
    shown = page.get_by_role("list").filter(has_text="-").get_by_role("listitem").all_inner_texts()
    assert len(shown) == 10
    assert all(BACKUP_CODE.fullmatch(code) for code in shown)

    presses(page, "Continue")
    sees_problem(
        page, "Save the codes, then tick the box. Without them a lost phone locks you out."
    )
    assert page.locator(".codes li").all_inner_texts() == shown

    with page.expect_download() as download:
        button(page, "Download").click()
    assert download.value.suggested_filename == "backup-codes-set-1.txt"
    download.value.save_as(sheet)
    assert sheet.read_text().splitlines()[-10:] == shown

    page.get_by_label("I have saved these codes").check()
    presses(page, "Continue")
    return shown


def _signs_out(page: Page) -> None:
    presses(page, "Sign out")
    sees(page, "Your account, behind two doors")
    expect(link(page, "Sign in")).to_be_visible()


def _enters_backup_code(page: Page, code: str) -> None:
    link(page, "Use a backup code").click()
    sees(page, "Use a backup code")
    # As somebody types it from paper.
    page.get_by_label("Backup code").fill(code.lower().replace("-", " "))
    presses(page, "Sign in")
