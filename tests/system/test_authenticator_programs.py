"""Programs that know nothing of Vestibule: they read its picture, and their codes sign in."""

from __future__ import annotations

import os
import secrets
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from playwright.sync_api import Page

from tests.support.authenticator import STEP
from tests.support.in_chromium import (
    code_field,
    decoded,
    enters_code,
    enters_password,
    link,
    presses,
    scans_into_app,
    sees,
    takes_over,
)
from tests.support.journeys import NARROW, WIDE, Visitor
from tests.support.person import Person
from tests.support.programs import needed
from tests.support.running_site import RunningSite

pytestmark = pytest.mark.system

# What an address must escape, and what programs are known to stumble over.
ISSUER = "Käse & Brot + 50 %"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    folder = tmp_path_factory.mktemp("programs")
    with RunningSite(folder / "instance", environment={"VESTIBULE_ISSUER": ISSUER}) as running:
        yield running


@pytest.mark.requirement("URI-2")
@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_zbar_reads_the_same_from_the_picture(
    site: RunningSite, visitor: Visitor, tmp_path: Path, width: int
) -> None:
    page = _at_set_up(site.person(), visitor(width=width, scheme="dark"))
    picture = tmp_path / "page.png"
    page.screenshot(path=picture, full_page=True)
    read = _said(needed("zbarimg"), "-q", "--raw", "-Sdisable", "-Sqrcode.enable", str(picture))
    assert read == link(page, "Open in authenticator app").get_attribute("href")
    assert read == decoded(picture.read_bytes())


def oathtool(uri: str, secret: str, folder: Path) -> str:
    return _said(needed("oathtool"), "--totp", "--base32", secret)


def keepassxc(uri: str, secret: str, folder: Path) -> str:
    """Imports the address into a new database and asks it for the code."""
    program = needed("keepassxc-cli")
    key, export, database = folder / "key", folder / "export.xml", folder / "new.kdbx"
    key.write_bytes(secrets.token_bytes(32))
    export.write_text(KEEPASS_EXPORT.format(uri=escape(uri)))
    _said(program, "import", "-q", "-t", "100", "--set-key-file", str(key), export, database)
    return _said(program, "show", "-q", "-t", "--no-password", "-k", str(key), database, "site")


@pytest.mark.requirement("TOTP-1")
@pytest.mark.parametrize("program", [oathtool, keepassxc])
def test_its_codes_sign_the_person_in(
    site: RunningSite,
    visitor: Visitor,
    tmp_path: Path,
    program: Callable[[str, str, Path], str],
) -> None:
    person = site.person()
    page = _at_set_up(person, visitor())
    uri = decoded(page.screenshot(full_page=True))
    scans_into_app(page, person)
    code_field(page).fill(person.fresh_code())
    presses(page, "Continue")
    sees(page, "Save your backup codes")

    page.context.clear_cookies()
    enters_password(page, person)
    _waits_until_the_code_of_the_set_up_is_over(person)
    enters_code(page, program(uri, person.secret, tmp_path))
    sees(page, f"Welcome, {person.username}")


KEEPASS_EXPORT = """<?xml version="1.0" encoding="utf-8"?>
<KeePassFile><Root><Group><Name>Root</Name><Entry>
<String><Key>Title</Key><Value>site</Value></String>
<String><Key>otp</Key><Value>{uri}</Value></String>
</Entry></Group></Root></KeePassFile>
"""


def _at_set_up(person: Person, page: Page) -> Page:
    person.registers()
    takes_over(page, person)
    page.goto("/setup-2fa")
    sees(page, "Set up an authenticator")
    return page


def _waits_until_the_code_of_the_set_up_is_over(person: Person) -> None:
    """At once, unless the set-up came in the last seconds of a step and had to take its code."""
    ends = (person.authenticator.last_step + 1) * STEP
    time.sleep(max(0.0, ends - time.time() + 0.05))


def _said(*command: str | Path) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
