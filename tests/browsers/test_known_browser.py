"""Known browsers: who passed every step in a browser before is not kept out of it by strangers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask_login import current_user

from tests.stories import settled
from tests.support.guessing import guesses, guesses_the_password, sets_count, spent
from tests.support.host_app import Host
from tests.support.host_tables import Users
from tests.support.visitor import Visitor
from vestibule.authenticators.models import Authenticator
from vestibule.browsers.known import KNOWN_FOR
from vestibule.browsers.models import KnownBrowser
from vestibule.foundation.budgets import BudgetRow
from vestibule.foundation.hashing import Hasher
from vestibule.signin.schedule import (
    CODE_ACCOUNT,
    CODE_KNOWN,
    CODE_STRANGERS,
    HASHING_KEPT,
    PASSWORD_KNOWN,
)

COOKIE = "vestibule-known"


@pytest.fixture
def home(ann: Visitor) -> Visitor:
    """The browser in which ann signed in before; she is signed out."""
    ann.signs_in()
    ann.signs_out()
    return ann


def a_stranger_with_the_password(person: Visitor, number: int = 0) -> Visitor:
    """Between the steps, in a browser and at an address that was never seen."""
    stranger = person.in_another_browser(f"203.0.113.{number % 250}")
    assert stranger.enters_password().path == "/verify-2fa"
    return stranger


def strangers_use_up_what_they_have(person: Visitor) -> None:
    """All but the last try is put on the account: the walk by the clock is a story of its own."""
    stranger = a_stranger_with_the_password(person)
    guesses(stranger, 1)
    sets_count(person, CODE_STRANGERS, CODE_STRANGERS.limit - 1)
    assert guesses(stranger, 1).status == 422


def test_it_is_known_once_every_step_was_passed(ann: Visitor) -> None:
    ann.enters_password()
    assert ann.cookie(COOKIE) is None
    ann.enters_code()
    assert ann.cookie(COOKIE)
    ann.signs_out()
    assert ann.cookie(COOKIE)


def test_who_has_no_second_step_is_known_by_the_password(optional_host: Host) -> None:
    nina = Visitor.new(optional_host, "nina")
    nina.signs_in()
    assert nina.cookie(COOKIE)


def test_its_cookie_opens_nothing(home: Visitor) -> None:
    assert not home.is_signed_in()
    assert home.opens("/verify-2fa").path == "/login"
    assert home.enters_password().path == "/verify-2fa"
    assert not home.is_signed_in()


@pytest.mark.requirement("P4")
def test_strangers_who_guess_the_password_do_not_make_the_owner_wait(home: Visitor) -> None:
    stranger = home.in_another_browser("203.0.113.1")
    assert guesses_the_password(stranger, 6).status == 429
    assert home.enters_password().path == "/verify-2fa"
    # And the owner's sign-in gives them nothing back.
    assert guesses_the_password(stranger, 1).status == 429


@pytest.mark.requirement("P4")
def test_an_address_that_sprayed_passwords_keeps_no_known_browser_out(home: Visitor) -> None:
    eve = Visitor.new(home.host, "eve")
    form = eve.opens("/login").form(with_field="password")
    for number in range(101):
        answer = eve.posts("/login", form.fields | {"username": f"n-{number}", "password": "x"})
    assert answer.status_code == 429
    assert home.address == eve.address
    assert home.enters_password().path == "/verify-2fa"


@pytest.mark.requirement("P4")
def test_strangers_who_guess_codes_do_not_make_the_owner_wait(home: Visitor) -> None:
    stranger = a_stranger_with_the_password(home)
    assert guesses(stranger, 6).status == 429
    home.signs_in()
    assert home.is_signed_in()
    assert spent(home, CODE_STRANGERS) == 5


@pytest.mark.requirement("P4")
@pytest.mark.requirement("RL-2")
def test_after_fifty_wrong_codes_they_are_closed_to_strangers_only(home: Visitor) -> None:
    strangers_use_up_what_they_have(home)
    [closed] = home.host.events("codes.closed")
    assert closed.subject_id == home.subject_id
    home.host.clock.moves(hours=24 * 300)

    stranger = home.in_another_browser("203.0.113.77")
    page = stranger.enters_password()
    assert page.heading == "Codes are closed in this browser"
    assert "/verify-2fa/backup-code" in page.links
    token = page.form(action="cancel").fields["csrf_token"]
    refused = stranger.posts(
        "/verify-2fa", {"csrf_token": token, "totp_code": stranger.fresh_code()}
    )
    assert refused.status_code == 429
    assert "In a browser in which you signed in before they still work." in refused.text
    assert stranger.enters_backup_code().path == "/backup-codes"

    home.signs_in()
    assert home.is_signed_in()
    assert not any(row.disabled_at for row in home.host.rows(Authenticator))


def test_the_owners_sign_ins_give_strangers_nothing_back(home: Visitor) -> None:
    guesses(a_stranger_with_the_password(home), 4)
    home.signs_in()
    assert spent(home, CODE_STRANGERS) == 4
    assert spent(home, CODE_ACCOUNT) == 0
    stranger = a_stranger_with_the_password(home)
    stranger.enters_code()
    assert stranger.is_signed_in()
    assert spent(home, CODE_STRANGERS) == 4


def test_a_changed_password_opens_codes_to_strangers_again(home: Visitor) -> None:
    strangers_use_up_what_they_have(home)
    with home.host.app.test_request_context():
        home.host.vestibule.password_changed(Users().find("ann"))
    new = home.in_another_browser()
    new.signs_in()
    assert new.is_signed_in()


def test_so_does_the_owners_word_that_the_codes_were_theirs(home: Visitor) -> None:
    strangers_use_up_what_they_have(home)
    with home.host.app.test_request_context():
        home.host.vestibule.reopen_codes(Users().find("ann"))
    assert len(home.host.events("codes.reopened")) == 1
    new = home.in_another_browser()
    new.signs_in()
    assert new.is_signed_in()


@pytest.mark.requirement("P4")
def test_who_has_an_account_does_not_stand_in_the_kept_slot_for_ever(
    home: Visitor, tmp_path: Path
) -> None:
    eve = settled(home.host, "eve")
    eve.signs_in()
    eve.signs_out()
    hasher = Hasher.cheap_for_tests(tmp_path / "slots", slots=1, waiting=1, wait=0.05)
    installed = home.host.app.extensions["vestibule"]
    services = replace(installed.runtime.services, hasher=hasher)
    installed.runtime = replace(installed.runtime, services=services)
    with hasher.slot():  # strangers, as many as come
        # The right password costs no try, so it could go on and on.
        answers = [eve.enters_password().status for _ in range(HASHING_KEPT.limit)]
        # The first of her ten was before.
        assert answers == [200] * (HASHING_KEPT.limit - 1) + [503]
        assert home.enters_password().path == "/verify-2fa"
    assert eve.enters_password().status == 200


@pytest.mark.requirement("RL-3")
def test_it_waits_after_wrong_codes_of_its_own(home: Visitor) -> None:
    home.enters_password()
    guesses(home, 5)
    refused = guesses(home, 1)
    assert (refused.status, refused.retry_after) == (429, 30)
    # It is that browser's wait, and nobody else's.
    assert guesses(a_stranger_with_the_password(home), 1).status == 422


@pytest.mark.requirement("RL-2")
def test_a_hundred_in_a_row_disable_the_authenticators_wherever_they_were_typed(
    home: Visitor,
) -> None:
    strangers_use_up_what_they_have(home)
    home.enters_password()
    guesses(home, 1)
    sets_count(home, CODE_ACCOUNT, CODE_ACCOUNT.limit - 1)
    guesses(home, 1)
    assert home.opens("/verify-2fa").heading == "Your authenticator is switched off"
    assert all(row.disabled_at for row in home.host.rows(Authenticator))


@pytest.mark.requirement("RL-5")
def test_a_copied_cookie_shares_the_browsers_budget(home: Visitor) -> None:
    statuses = []
    for number in range(7):
        copy = home.with_the_same_cookies()
        copy.client.environ_base["REMOTE_ADDR"] = f"203.0.113.{number}"
        statuses.append(guesses_the_password(copy, 1).status)
    assert statuses == [422] * 5 + [429] * 2
    assert spent(home, PASSWORD_KNOWN) == 5


def test_a_planted_cookie_is_worth_nothing_once_the_owner_signed_in(ann: Visitor) -> None:
    eve = settled(ann.host, "eve")
    planted = eve.cookie(COOKIE)
    assert planted
    ann.client.set_cookie(COOKIE, planted)
    ann.signs_in()
    assert ann.cookie(COOKIE) != planted
    thief = ann.in_another_browser("203.0.113.9")
    thief.client.set_cookie(COOKIE, planted)
    guesses_the_password(thief, 1)
    assert spent(ann, PASSWORD_KNOWN) == 0


def test_signing_in_to_another_account_buys_no_tries_for_this_one(home: Visitor) -> None:
    ben = settled(home.host, "ben")
    ben.client = home.client  # the same browser
    statuses = []
    for number in range(7):
        statuses.append(guesses_the_password(home, 1).status)
        if number in (1, 2):
            ben.signs_in()
            ben.signs_out()
    assert statuses == [422] * 5 + [429] * 2
    assert spent(home, PASSWORD_KNOWN) == 5


@pytest.mark.requirement("ENUM-1")
def test_a_cookie_of_another_account_is_a_strangers(home: Visitor) -> None:
    ben = settled(home.host, "ben")
    stranger = home.in_another_browser("203.0.113.5")
    guesses_the_password(stranger, 5)
    ben.papers.username, ben.papers.password = home.username, home.papers.password
    assert ben.enters_password().status == 429


def test_a_changed_password_makes_strangers_of_all_but_the_browser_that_asked(
    home: Visitor,
) -> None:
    other = home.in_another_browser()
    other.signs_in()
    other.signs_out()
    host = home.host.restarted()
    host.app.add_url_rule(
        "/change", "change", lambda: str(host.vestibule.password_changed(current_user))
    )
    home = home.with_the_same_cookies(host)
    home.signs_in()
    assert home.asks("/change").status_code == 200
    home.signs_out()
    assert [is_known(one) for one in (home, other)] == [True, False]


def test_a_new_authenticator_makes_nobody_a_stranger(home: Visitor) -> None:
    other = home.in_another_browser()
    other.signs_in()
    other.signs_out()
    home.signs_in()
    home.sets_up("Second")
    assert len(home.host.rows(Authenticator)) == 2
    assert [is_known(one) for one in (home, other)] == [True, True]


@pytest.mark.requirement("P4")
def test_the_first_authenticator_makes_strangers_of_all_that_passed_the_password_alone(
    optional_host: Host,
) -> None:
    nina = Visitor.new(optional_host, "nina")
    thief = nina.in_another_browser("203.0.113.9")
    for one in (thief, nina):
        one.signs_in()
    nina.sets_up()
    assert [is_known(one) for one in (nina, thief)] == [True, False]
    # So the thief has what strangers have, and the hundredth wrong code is out of reach.
    thief.enters_password()
    guesses(thief, 1)
    assert (spent(nina, CODE_STRANGERS), spent(nina, CODE_KNOWN)) == (1, 0)


def is_known(person: Visitor) -> bool:
    """Whether its tries are taken from a budget of its own; a copy tries, so nothing changes."""
    before = spent(person, PASSWORD_KNOWN)
    guesses_the_password(person.with_the_same_cookies(), 1)
    return spent(person, PASSWORD_KNOWN) > before


@pytest.mark.requirement("RL-4")
def test_a_try_costs_as_much_as_it_is_compared_with(home: Visitor) -> None:
    home.signs_in()
    home.sets_up("Second")
    stranger = a_stranger_with_the_password(home)
    guesses(stranger, 1)
    assert spent(home, CODE_STRANGERS) == 2
    sets_count(home, CODE_STRANGERS, 47)
    assert guesses(stranger, 1).status == 422
    # One unit is left, which no further try can be had for.
    assert len(home.host.events("codes.closed")) == 1
    assert stranger.opens("/verify-2fa").heading == "Codes are closed in this browser"


def test_after_a_year_without_a_sign_in_it_is_a_stranger(home: Visitor) -> None:
    home.host.clock.moves(KNOWN_FOR / timedelta(seconds=1) - 1)
    assert is_known(home)
    home.host.clock.moves(1)
    assert not is_known(home)


def test_a_deleted_user_leaves_none_behind_nor_what_was_tried_in_them(home: Visitor) -> None:
    for one in (home, a_stranger_with_the_password(home)):
        one.enters_password()
        guesses(one, 1)
    assert home.host.rows(KnownBrowser)
    assert spent(home, CODE_KNOWN) == spent(home, CODE_STRANGERS) == 1
    home.host.loses_user("ann")
    assert not home.host.rows(KnownBrowser)
    # These end with a right code, which nobody enters any more.
    assert not [row for row in home.host.rows(BudgetRow) if row.window_ends is None]


@pytest.mark.requirement("P5")
def test_the_database_holds_no_cookie(home: Visitor) -> None:
    assert home.cookie(COOKIE) not in str(home.host.snapshot())
