"""A user lost the phone: what an operator does about it."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from tests.admin.conftest import says
from tests.notices.conftest import Mailbox, plain
from tests.ready_site.conftest import MakeSite, make_site
from tests.recovery.conftest import asks
from tests.stories import HostMaker
from tests.support.races import at_once
from tests.support.visitor import Visitor
from vestibule.admin.flows import NothingToReset, reset_second_step
from vestibule.audit.values import Origin
from vestibule.authenticators.models import Authenticator
from vestibule.cli import main
from vestibule.recovery.models import Recovery

__all__ = ["make_site"]

RESET = ("reset-second-step", "ann", "--reason", "lost the phone, called back", "--yes")


@pytest.mark.requirement("REC-8", "REC-9", "REC-11")
def test_reset_ends_everything_and_is_told(mailbox: Mailbox, ann: Visitor) -> None:
    old = ann.papers.backup_codes[0]
    between = ann.in_another_browser()
    between.enters_password()
    said = says(mailbox.host, *RESET)
    assert said.exit_code == 0, said.output
    assert not ann.is_signed_in()
    assert between.opens("/verify-2fa").path == "/login"
    assert between.enters_password().path == "/setup-2fa"
    between.sets_up()
    assert between.is_signed_in()
    again = ann.in_another_browser()
    again.enters_password()
    assert again.enters_backup_code(old).path == "/verify-2fa/backup-code"
    (event,) = mailbox.host.events("second_step.reset")
    assert event.details == {"reason": "lost the phone, called back"}
    assert event.actor.startswith("cli:")
    (mail,) = [one for one in mailbox.mails() if "administrator" in one["Subject"]]
    assert mail["Subject"] == "Second step removed by an administrator at Host"
    assert "lost the phone" not in plain(mail)


def test_trust_ends_too(make: HostMaker) -> None:
    host = make(VESTIBULE_TRUST_BROWSERS_FOR=86400, VESTIBULE_TRUST_WHERE_REQUIRED=True)
    ann = Visitor.new(host, "ann")
    ann.signs_in()
    trusting = ann.in_another_browser()
    trusting.enters_password()
    trusting.fills_in("/verify-2fa", totp_code=trusting.fresh_code(), trust_browser="y")
    assert says(host, *RESET).exit_code == 0
    ann.in_another_browser().signs_in()
    trusting.client.delete_cookie("vestibule")
    assert trusting.enters_password().path == "/verify-2fa"


def test_the_name_is_asked_for(ann: Visitor) -> None:
    said = says(ann.host, *RESET[:-1], input="bob\n")
    assert said.exit_code == 1
    assert "nothing was changed" in said.output
    assert ann.is_signed_in()
    assert says(ann.host, *RESET[:-1], input="ann\n").exit_code == 0
    assert not ann.is_signed_in()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("reset-second-step", "ann", "--yes"), "--reason"),
        (("reset-second-step", "ann", "--reason", " \n ", "--yes"), "Give a reason of 1 to 200"),
        (("reset-second-step", "ann", "--reason", "r" * 201, "--yes"), "Give a reason of 1 to 200"),
        (("reset-second-step", "bob", "--reason", "r", "--yes"), "There is no user"),
        (("stop-recovery", "ann"), "No recovery of ann is under way."),
        (("enrolment-link", "ann"), "has a second step already"),
        (("show", "bob"), "There is no user"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_sentence(
    ann: Visitor, words: tuple[str, ...], told: str
) -> None:
    before = ann.host.snapshot()
    said = says(ann.host, *words)
    assert said.exit_code != 0
    assert told in said.output
    assert "Traceback" not in said.output
    assert ann.host.snapshot() == before


def test_a_second_reset_finds_nothing(mailbox: Mailbox, ann: Visitor) -> None:
    assert says(mailbox.host, *RESET).exit_code == 0
    said = says(mailbox.host, *RESET)
    assert (said.exit_code, said.output) == (
        1,
        "Error: This account has no second step: nothing is to be done.\n",
    )


def test_of_many_resets_at_once_one_finds_something(database_url: str, make: HostMaker) -> None:
    ann = Visitor.new(make(database_url), "ann")
    ann.signs_in()

    def reset() -> bool:
        given = {"reason": "r", "actor": "cli:op", "origin": Origin("", "", "")}
        try:
            reset_second_step(ann.host.services, ann.user_id, **given)
        except NothingToReset:
            return False
        return True

    assert sum(at_once([reset] * 8)) == 1
    assert len(ann.host.events("second_step.reset")) == 1
    assert ann.host.rows(Authenticator) == []


def test_three_commands(mailbox: Mailbox, ann: Visitor) -> None:
    """Look, reset, and hand over a link."""
    assert "1 authenticator" in says(mailbox.host, "show", "ann").output
    assert says(mailbox.host, *RESET).exit_code == 0
    said = says(mailbox.host, "enrolment-link", "ann")
    link = said.output.splitlines()[0].removeprefix("http://localhost")
    phone = ann.in_another_browser()
    phone.opens(link)
    phone.enters_password()
    assert phone.sets_up().path == "/dashboard"


def test_a_reset_voids_a_recovery(mailbox: Mailbox, ann: Visitor) -> None:
    asks(ann.in_another_browser(), mailbox)
    assert says(mailbox.host, *RESET).exit_code == 0
    assert mailbox.host.rows(Recovery) == []


def test_an_operator_stops_a_recovery(mailbox: Mailbox, ann: Visitor) -> None:
    asks(ann.in_another_browser("203.0.113.9"), mailbox)
    mailbox.mails()
    assert says(mailbox.host, "stop-recovery", "ann").exit_code == 0
    assert mailbox.host.rows(Recovery) == []
    (event,) = mailbox.host.events("recovery.stopped")
    assert event.details["by"].startswith("cli:")
    assert mailbox.subjects() == {"Your second step at Host stays as it is"}
    assert ann.is_signed_in()


def test_before_the_tables_are_made_it_says_so(make: HostMaker) -> None:
    host = make()
    with host.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE vestibule_recovery")
    said = says(host, "list")
    host.has_user("ann", "password")
    said = says(host, "show", "ann")
    assert said.exit_code == 1
    assert "flask vestibule db upgrade" in said.output


def test_the_same_for_the_ready_site(make_site: MakeSite) -> None:
    site = make_site()
    ann = site.registered("ann")
    ann.sets_up_authenticator()
    options = ["--instance", str(site.instance)]

    def run(*words: str) -> str:
        env = {"VESTIBULE_BASE_URL": "http://localhost"}
        result = CliRunner(env=env).invoke(main, ["accounts", *words, *options])
        assert result.exit_code == 0, result.output
        return result.output

    assert "ann" in run("list")
    assert "1 authenticator" in run("show", "ann")
    run(*RESET)
    assert not ann.is_signed_in()
    assert run("enrolment-link", "ann").startswith("http://localhost/setup-2fa/link?token=")
    assert "second step:       none" in run("show", "ann@example.org")
