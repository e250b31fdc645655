"""``accounts create-admin`` in a terminal: the second step is set up where the command runs."""

from __future__ import annotations

import os
import pty
import subprocess
from typing import Any

import pyotp
import pytest
from click.testing import CliRunner

from tests.ready_site.conftest import MakeSite, Site, make_site
from tests.support.authenticator import Authenticator
from tests.support.running_site import PROGRAM
from tests.support.terminal import decoded
from vestibule.authenticators import enrolment
from vestibule.authenticators.enrolment_uri import provisioning_uri, qr_terminal
from vestibule.cli import main

__all__ = ["make_site"]

SECRET = pyotp.random_base32(32)


@pytest.fixture
def site(make_site: MakeSite, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setattr(enrolment, "new_secret", lambda: SECRET)
    return make_site()


def makes(site: Site, *words: str, typed: str) -> Any:
    arguments = ["accounts", "create-admin", *words, "--instance", str(site.instance)]
    runner = CliRunner(env={"VESTIBULE_BASE_URL": "http://localhost"})
    return runner.invoke(main, [*arguments, "--authenticator"], input=typed)


@pytest.mark.requirement("ADM-2")
def test_the_first_administrator_scans_the_terminal(site: Site) -> None:
    phone = Authenticator(SECRET)
    typed = f"nonsense\n{phone.wrong_code()}\n{phone.fresh_code()}\n"
    said = makes(site, "root", "--email", "root@example.org", typed=typed)
    assert said.exit_code == 0, said.output
    assert decoded(said.output) == provisioning_uri(SECRET, "root", "Vestibule")
    # What a script keeps is the link alone.
    assert len(said.stdout.splitlines()) == 1
    assert SECRET[:4] not in said.stdout
    root = site.person("root")
    root.authenticator = phone
    root.opens(said.stdout.strip().removeprefix("http://localhost"))
    root.fills_in("/reset-password", password=root.password)
    # The password alone opens no set-up: there was no moment for somebody else.
    assert root.enters_password().url.path == "/verify-2fa"
    root.enters_code()
    assert root.opens("/admin").url.path == "/admin"
    codes = [line.strip() for line in said.stderr.splitlines() if line.count("-") == 3]
    assert len(codes) == 10
    other = root.in_another_browser()
    other.browser = site.person("x").browser
    other.enters_password()
    other.enters_backup_code(codes[0])
    assert other.is_signed_in()
    (event,) = site.rows("SELECT actor FROM vestibule_event WHERE kind = 'authenticator.added'")
    assert event["actor"].startswith("cli:")


def test_given_up_between_it_leaves_an_administrator_without_a_second_step(site: Site) -> None:
    said = makes(site, "root", "--email", "root@example.org", typed="")
    assert said.exit_code == 1
    assert site.rows("SELECT * FROM vestibule_authenticator") == []
    again = makes(site, "root", typed=f"{Authenticator(SECRET).fresh_code()}\n")
    assert again.exit_code == 0, again.output
    assert len(site.rows("SELECT * FROM vestibule_authenticator")) == 1


def test_a_second_step_that_is_there_stays(site: Site) -> None:
    ann = site.registered("ann")
    ann.sets_up_authenticator()
    said = makes(site, "ann", typed="")
    assert said.exit_code == 0
    assert "stays as it is" in said.stderr
    assert "█" not in said.output
    assert ann.is_signed_in()


def test_whoever_guesses_codes_at_the_terminal_is_stopped(site: Site) -> None:
    wrong = Authenticator(SECRET).wrong_code()
    said = makes(site, "root", "--email", "r@example.org", typed=f"{wrong}\n" * 32)
    assert said.exit_code == 1
    assert "Too many codes were not right" in said.output


def test_in_a_terminal_it_asks_by_itself(site: Site) -> None:
    arguments = ["accounts", "create-admin", "root", "--email", "r@example.org"]
    environment = os.environ | {"VESTIBULE_INSTANCE": str(site.instance), "COLUMNS": "80"}
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [PROGRAM, *arguments], env=environment, stdin=theirs, stderr=theirs, stdout=subprocess.PIPE
    ) as process:
        os.close(theirs)
        shown = b""
        while b"app shows" not in shown:
            shown += os.read(ours, 4096)
        os.write(ours, b"\x04")
        # It has something to say yet: a terminal that is gone would be another story.
        process.wait(60)
        os.close(ours)
    assert process.returncode == 1
    uri = decoded(shown.decode())
    assert uri.startswith("otpauth://totp/Vestibule:root?secret=")
    assert b"\x1b[97;40m" in shown


@pytest.mark.parametrize("account", ["a", "a-long-name-of-64-characters" + "x" * 36, "Zoë Ω 名"])
def test_a_camera_reads_what_the_terminal_shows(account: str) -> None:
    uri = provisioning_uri(SECRET, account, "Käse & Brot + 50 %")
    assert decoded(qr_terminal(uri)) == uri
