"""What an operator does to an account on the command line is what an administrator can do."""

from __future__ import annotations

from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.admin.administrators import Roles, with_administrators
from tests.admin.conftest import says
from tests.notices.conftest import Mailbox, plain
from tests.ready_site.conftest import MakeSite, Site, make_site
from tests.ready_site.test_administrators import makes
from tests.support.guessing import guesses
from tests.support.visitor import Visitor
from vestibule.cli import main

__all__ = ["make_site"]

WHY = ("--reason", "called back")


def done(mailbox: Mailbox, *words: str, **given: Any) -> str:
    said = says(mailbox.host, *words, *WHY, **given)
    assert said.exit_code == 0, said.output
    return said.output


@pytest.mark.requirement("SES-12")
def test_sign_out_ends_everything_and_the_person_is_told(mailbox: Mailbox, ann: Visitor) -> None:
    between = ann.in_another_browser()
    between.enters_password()
    assert done(mailbox, "sign-out", "ann") == "ann: Every session of this account is ended.\n"
    assert not ann.is_signed_in()
    assert between.opens("/verify-2fa").path == "/login"
    (event,) = mailbox.host.events("session.ended_by_administrator")
    assert (event.subject_id, event.details) == (ann.subject_id, {"reason": "called back"})
    assert event.actor.startswith("cli:")
    (mail,) = mailbox.mails()
    assert mail["Subject"] == "Signed out by an administrator at Host"
    assert "called back" not in plain(mail)


def test_unlock_gives_the_tries_back_of_the_name_and_of_the_codes(
    mailbox: Mailbox, ann: Visitor
) -> None:
    thief = ann.in_another_browser("203.0.113.9")
    thief.enters_password()
    guesses(thief, 5)
    for _ in range(5):
        thief.enters_password("not the password")
    stranger = ann.in_another_browser()
    assert stranger.enters_password().status == 429
    done(mailbox, "unlock", "ann")
    stranger.signs_in()
    assert stranger.is_signed_in()
    (event,) = mailbox.host.events("account.unlocked")
    assert event.actor.startswith("cli:")


@pytest.fixture
def roles(mailbox: Mailbox) -> Roles:
    return with_administrators(mailbox.host, "root")


def test_disable_asks_for_the_name_and_enable_too(
    mailbox: Mailbox, roles: Roles, ann: Visitor
) -> None:
    refused = says(mailbox.host, "disable", "ann", *WHY, input="bob\n")
    assert refused.exit_code == 1
    assert "nothing was changed" in refused.output
    assert ann.is_signed_in()
    assert "Nobody can sign in" in done(mailbox, "disable", "ann", input="ann\n")
    assert not ann.is_signed_in()
    assert roles.off == {"ann"}
    assert done(mailbox, "enable", "ann", "--yes") == "ann: The account is enabled.\n"
    assert roles.off == set()
    assert mailbox.subjects() == {
        "Your account at Host was disabled by an administrator",
        "Your account at Host was enabled by an administrator",
    }


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("disable", "ann", *WHY, "--yes"), "with the method disable."),
        (("enable", "ann", *WHY, "--yes"), "with the method enable."),
        (("disable", "ann", "--yes"), "--reason"),
        (("sign-out", "ann", "--reason", "r" * 201), "Give a reason of 1 to 200"),
        (("unlock", "bob", *WHY), "accounts list"),
    ],
)
def test_what_cannot_be_done_is_told_with_what_to_do(
    ann: Visitor, words: tuple[str, ...], told: str
) -> None:
    before = ann.host.snapshot()
    said = says(ann.host, *words)
    assert said.exit_code in (1, 2)
    assert told in said.output
    assert ann.host.snapshot() == before


def test_a_name_moves_no_cursor_and_is_typed_as_it_is_shown(mailbox: Mailbox, roles: Roles) -> None:
    odd = "zo\x1b[2J\u202ee\r\n"
    key = mailbox.host.has_user(odd, "hunter2")
    said = done(mailbox, "disable", key, input="zo[2Je\n")
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert roles.off == {odd}


def test_who_is_deleted_while_the_name_is_typed_does_not_come_back(
    mailbox: Mailbox, roles: Roles, ann: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def types(*_: Any, **__: Any) -> str:
        mailbox.host.loses_user("ann")
        return "ann"

    monkeypatch.setattr("click.prompt", types)
    said = says(mailbox.host, "disable", "ann", *WHY)
    assert (said.exit_code, "closed meanwhile" in said.output) == (1, True)
    assert mailbox.host.events("account.disabled") == []
    assert roles.off == set()


# The ready site


def at_site(site: Site, *words: str) -> Result:
    options = ["--instance", str(site.instance), *WHY]
    return CliRunner(env={"VESTIBULE_BASE_URL": "http://localhost"}).invoke(
        main, ["accounts", *words, *options]
    )


def test_a_disabled_account_of_the_site_is_found_again(make_site: MakeSite) -> None:
    site = make_site(policy="optional")
    ann = site.registered("ann")
    assert ann.is_signed_in()
    assert at_site(site, "disable", "ann", "--yes").output == "ann: The account is disabled.\n"
    assert not ann.is_signed_in()
    again = at_site(site, "disable", "ann", "--yes")
    assert (again.exit_code, "disabled already" in again.output) == (1, True)
    (row,) = site.rows("SELECT id FROM account")
    assert at_site(site, "enable", row["id"], "--yes").exit_code == 0
    assert "is not disabled" in at_site(site, "enable", "ann", "--yes").output
    ann.enters_password()
    assert ann.is_signed_in()


@pytest.mark.requirement("ADM-5")
def test_the_last_administrator_stays(make_site: MakeSite) -> None:
    site = make_site(policy="optional")
    for name in ("ann", "bob"):
        site.registered(name)
    assert makes(site, "ann").exit_code == 0
    refused = at_site(site, "disable", "ann", "--yes")
    assert (refused.exit_code, "the role first" in refused.output) == (1, True)
    assert makes(site, "bob").exit_code == 0
    assert at_site(site, "disable", "ann", "--yes").exit_code == 0
    assert at_site(site, "disable", "bob", "--yes").exit_code == 1
