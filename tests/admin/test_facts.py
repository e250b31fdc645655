"""``accounts list`` and ``accounts show``: what an operator needs to know, and no secret."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import update

from tests.admin.conftest import says
from tests.notices.conftest import Mailbox
from tests.recovery.conftest import WAIT, asks
from tests.stories import HostMaker
from tests.support.guessing import guesses, loses_the_authenticator_to_guessing
from tests.support.host_app import Host
from tests.support.host_tables import User, Users
from tests.support.visitor import Visitor
from vestibule.admin import facts


def shown(host: Host, user: str) -> dict[str, Any]:
    said = says(host, "show", user, "--json")
    assert said.exit_code == 0, said.output
    found: dict[str, Any] = json.loads(said.output)
    return found


def test_the_facts_about_one(ann: Visitor) -> None:
    ann.papers.backup_codes.pop()
    other = ann.in_another_browser()
    other.enters_password()
    other.enters_backup_code()
    told = shown(ann.host, "ann")
    assert told.pop("last_sign_in") == ann.host.clock.now().isoformat()
    assert told == {
        "key": ann.user_id,
        "name": "ann",
        "authenticators": 1,
        "switched_off": 0,
        "backup_codes_left": 9,
        "cool_off_until": None,
        "codes_closed": False,
        "recovery": None,
        "recovery_barred_until": None,
    }
    said = says(ann.host, "show", "ann@example.org").output
    for line in (
        "second step:       1 authenticator",
        "backup codes left: 9",
        "recovery:          none",
    ):
        assert line in said


def test_somebody_who_never_signed_in(mailbox: Mailbox) -> None:
    Visitor.new(mailbox.host, "nina")
    told = shown(mailbox.host, "nina")
    assert (told["authenticators"], told["last_sign_in"]) == (0, None)
    assert "second step:       none" in says(mailbox.host, "show", "nina").output


def test_cool_off_and_closed_codes(ann: Visitor) -> None:
    thief = ann.in_another_browser("203.0.113.9")
    thief.enters_password()
    guesses(thief, 5)
    assert shown(ann.host, "ann")["cool_off_until"] > ann.host.clock.now().isoformat()
    while not shown(ann.host, "ann")["codes_closed"]:
        ann.host.clock.moves(hours=2)
        thief.enters_password()
        guesses(thief, 1)
    assert len(ann.host.events("codes.closed")) == 1
    assert "closed to browsers that never signed in" in says(ann.host, "show", "ann").output


def test_passwords_of_strangers_cool_off_too(ann: Visitor) -> None:
    for _ in range(5):
        ann.in_another_browser("203.0.113.9").enters_password("not the password")
    assert shown(ann.host, "ann")["cool_off_until"]


def test_switched_off(ann: Visitor) -> None:
    loses_the_authenticator_to_guessing(ann.in_another_browser())
    told = shown(ann.host, "ann")
    assert (told["authenticators"], told["switched_off"], told["codes_closed"]) == (1, 1, False)
    assert "1 authenticator, 1 off" in says(ann.host, "list").output


@pytest.mark.requirement("ADM-1")
def test_a_recovery_is_seen(mailbox: Mailbox, ann: Visitor) -> None:
    asks(ann.in_another_browser("203.0.113.9"), mailbox)
    told = shown(mailbox.host, "ann")["recovery"]
    assert told["opens_at"] == (mailbox.host.clock.now() + WAIT).isoformat()
    assert told["address"] == "203.0.113.9"
    assert "asked for" in says(mailbox.host, "show", "ann").output
    mailbox.host.revokes(ann.user_id)
    assert shown(mailbox.host, "ann")["recovery"] is None
    with mailbox.host.app.test_request_context():
        mailbox.host.vestibule.password_changed(Users().find("ann"))
    assert "cannot be asked for before" in says(mailbox.host, "show", "ann").output


def test_the_list_is_in_batches_and_knows_everybody_once(
    mailbox: Mailbox, ann: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facts, "BATCH", 2)
    for number in range(4):
        Visitor.new(mailbox.host, f"user{number}").enters_password()
    lines = says(mailbox.host, "list", "--json").output.splitlines()
    assert sorted(json.loads(line)["name"] for line in lines) == [
        *("ann", "user0", "user1", "user2", "user3")
    ]
    table = says(mailbox.host, "list").output.splitlines()
    assert table[0].split()[:3] == ["account", "second", "step"]
    assert len(table) == 6


def test_without_notices_the_list_asks_the_host_for_names(make: HostMaker) -> None:
    host = make()
    for name in ("ann", "ben"):
        Visitor.new(host, name).signs_in()
    host.loses_user("ben")
    said = says(host, "list").output
    assert "ann" in said
    assert "ben" not in said


def test_a_name_cannot_write_over_the_terminal(mailbox: Mailbox) -> None:
    Visitor.new(mailbox.host, "nina\x1b[2J\u202e").enters_password(name="nina\x1b[2J\u202e")
    for words in (["list"], ["show", "1"]):
        said = says(mailbox.host, *words).output
        assert "\x1b" not in said
        assert "\u202e" not in said


def test_nothing_of_a_secret_is_told(ann: Visitor) -> None:
    said = says(ann.host, "list", "--json").output + says(ann.host, "show", "ann").output
    for secret in (*ann.papers.secrets, *ann.papers.backup_codes, ann.papers.password):
        assert secret not in said
    assert "argon2" not in said


@pytest.mark.requirement("LOG-6")
def test_a_name_steers_no_terminal(mailbox: Mailbox) -> None:
    """A host may let people call themselves what they like."""
    host = mailbox.host
    evil = Visitor.new(host, "evil")
    evil.signs_in()
    with host.engine.begin() as connection:
        connection.execute(update(User).values(username="ev\x1b]0;owned\x07il\r\u202e"))
    for words in (
        ["show", evil.user_id],
        ["reset-second-step", evil.user_id, "--reason", "lost"],
        ["enrolment-link", evil.user_id],
        ["stop-recovery", evil.user_id],
    ):
        said = says(host, *words, input="ev]0;ownedil\n")
        assert "ev]0;ownedil" in said.output, words
        assert all(one.isprintable() for one in said.output.replace("\n", "")), words
    assert host.events("second_step.reset")
