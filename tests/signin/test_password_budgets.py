"""Guessing passwords: by name, by account, by address."""

from __future__ import annotations

import re

import pytest

from tests.stories import HostMaker, settled
from tests.support.guessing import guesses_the_password as guesses
from tests.support.guessing import loses_the_authenticator_to_guessing, spent
from tests.support.host_app import Host
from tests.support.host_views import NOT_RIGHT
from tests.support.seen import Seen
from tests.support.visitor import Visitor
from vestibule.foundation.budgets import BudgetRow
from vestibule.signin.schedule import PASSWORD_ACCOUNT, PASSWORD_NAME


def without_tokens(page: Seen) -> str:
    return re.sub(r'name="csrf_token" value="[^"]*"', "", page.html)


@pytest.mark.requirement("RL-3")
def test_after_five_wrong_passwords_of_a_name_it_has_to_wait(
    database_url: str, make: HostMaker
) -> None:
    ann = settled(make(database_url), "ann")
    page = guesses(ann, 5)
    assert (page.status, page.errors) == (422, [NOT_RIGHT])
    page = ann.enters_password()
    assert (page.status, page.retry_after) == (429, 30)
    assert "You can try again in 30 seconds" in page.text
    ann.host.clock.moves(29)
    assert ann.enters_password().retry_after == 1
    ann.host.clock.moves(1)
    assert ann.enters_password().path == "/verify-2fa"


def test_the_schedule_by_the_clock(ann: Visitor) -> None:
    clock = ann.host.clock
    for count in range(1, 60):
        stranger = ann.in_another_browser(f"203.0.113.{count}")
        assert guesses(stranger, 1).status == 422
        cool_off = int(PASSWORD_NAME.cool_off_after(count).total_seconds())
        if cool_off:
            assert guesses(stranger, 1).retry_after == cool_off
            clock.moves(cool_off)
    assert ann.enters_password().path == "/verify-2fa"


@pytest.mark.requirement("RL-5")
def test_neither_a_new_browser_nor_a_new_address_buys_a_guess(ann: Visitor) -> None:
    for number in range(5):
        assert guesses(ann.in_another_browser(f"203.0.113.{number}"), 1).status == 422
    assert guesses(ann.in_another_browser("203.0.113.99"), 1).status == 429


@pytest.mark.requirement("ENUM-1")
def test_a_name_of_nobody_is_answered_byte_for_byte_the_same(ann: Visitor) -> None:
    known, unknown = ann.in_another_browser(), ann.in_another_browser()
    for times in (1, 4, 1):
        one = guesses(known, times, name="ann")
        other = guesses(unknown, times, name="eve")
        assert one.status == other.status
        assert without_tokens(one).replace("ann", "eve") == without_tokens(other)
    assert one.status == 429
    assert one.retry_after == other.retry_after
    assert {key for key, _ in one.answer.headers} == {key for key, _ in other.answer.headers}


@pytest.mark.requirement("ENUM-1")
def test_an_account_that_is_closed_for_codes_looks_like_any_other(ann: Visitor) -> None:
    before = without_tokens(guesses(ann.in_another_browser(), 1))
    loses_the_authenticator_to_guessing(ann)
    assert without_tokens(guesses(ann.in_another_browser(), 1)) == before


@pytest.mark.parametrize("alias", ["ann@example.org", "Ann@Example.org"])
def test_an_alias_shares_the_accounts_budget_and_is_never_told(ann: Visitor, alias: str) -> None:
    assert guesses(ann, 5).status == 422
    # A 429 would tell that both names belong together: the right password is "not right".
    page = ann.enters_password(name=alias)
    assert (page.status, page.errors) == (422, [NOT_RIGHT])
    assert not ann.cookie("vestibule-pending")
    ann.host.clock.moves(30)
    assert ann.enters_password(name=alias).path == "/verify-2fa"


@pytest.mark.parametrize("spelt", ["ANN", " ann ", "ＡＮＮ"])
def test_ways_to_spell_a_name_share_its_budget(ann: Visitor, spelt: str) -> None:
    assert guesses(ann, 5).status == 422
    assert guesses(ann, 1, name=spelt).status == 429


def test_a_right_password_clears_the_budgets_of_the_account(ann: Visitor) -> None:
    guesses(ann, 4)
    ann.enters_password()
    assert spent(ann, PASSWORD_NAME) == 0
    assert spent(ann, PASSWORD_ACCOUNT) == 0


@pytest.mark.requirement("RL-5")
def test_one_address_has_a_hundred_tries_in_ten_minutes_over_all_names(host: Host) -> None:
    eve = Visitor.new(host, "eve")
    assert sprays(eve, 100) == [422] * 100
    page = guesses(eve, 1, name="somebody-else")
    assert page.status == 429
    assert 0 < (page.retry_after or 0) <= 600
    assert guesses(eve.in_another_browser("198.51.100.7"), 1).status == 422
    host.clock.moves(minutes=10)
    assert eve.enters_password().path == "/setup-2fa"


@pytest.mark.requirement("RL-5")
def test_an_ipv6_customer_is_one_address(host: Host) -> None:
    eve = Visitor.new(host, "eve").in_another_browser("2001:db8:1:2::1")
    sprays(eve, 100)
    assert guesses(eve.in_another_browser("2001:db8:1:2:ffff::9"), 1).status == 429
    assert guesses(eve.in_another_browser("2001:db8:1:3::1"), 1).status == 422


def test_an_ipv4_address_written_as_ipv6_is_the_same(host: Host) -> None:
    eve = Visitor.new(host, "eve").in_another_browser("192.0.2.77")
    sprays(eve, 100)
    assert guesses(eve.in_another_browser("::ffff:192.0.2.77"), 1).status == 429


def test_a_name_of_any_length_costs_no_more_than_a_short_one(host: Host) -> None:
    # Normalising takes time that grows with the square of the length: only what is short is.
    eve = Visitor.new(host, "eve")
    composed, decomposed = "\u00e9" * 2000, "e\u0301" * 2000
    for name in (composed, decomposed):
        assert guesses(eve, 1, name=name).errors == [NOT_RIGHT]
    names = [row for row in host.rows(BudgetRow) if row.kind == PASSWORD_NAME.kind]
    assert len(names) == 2


def sprays(person: Visitor, times: int) -> list[int]:
    """One password on many names; the answers' status."""
    page = person.opens("/login")
    fields = page.form(with_field="password").fields | {"password": "Password1"}
    return [
        person.posts("/login", fields | {"username": f"name-{number}"}).status_code
        for number in range(times)
    ]
