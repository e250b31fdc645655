"""Guessing codes: what one sign-in may try, and one account over all of its sign-ins."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.stories import HostMaker, settled
from tests.support.guessing import guesses, spent
from tests.support.visitor import Visitor
from vestibule.authenticators.models import Authenticator
from vestibule.signin.schedule import CODE_ACCOUNT, CODE_KNOWN, CODE_STRANGERS


@pytest.mark.requirement("RL-3")
def test_after_five_wrong_codes_nothing_is_compared_for_a_while(
    database_url: str, make: HostMaker
) -> None:
    ann = settled(make(database_url), "ann")
    ann.enters_password()
    page = guesses(ann, 5)
    assert page.status == 422
    right = ann.code(1)
    form = page.form(with_field="totp_code")
    for _ in range(3):
        refused = ann.sends(page, form, totp_code=right)
        assert (refused.status, refused.retry_after) == (429, 30)
        assert not ann.is_signed_in()
    at = ann.host.clock.now() + timedelta(seconds=30)
    assert refused.heading == "Too many tries"
    assert f"You can try again in 30 seconds ( {at:%H:%M} UTC )." in refused.text
    assert spent(ann, CODE_ACCOUNT) == 5
    assert [row.details["times"] for row in ann.host.events("try.refused")] == [1, 1]


def test_the_time_told_is_the_real_one_and_trying_does_not_lengthen_it(ann: Visitor) -> None:
    ann.enters_password()
    page = guesses(ann, 5)
    form = page.form(with_field="totp_code")
    for left in (30, 20, 10, 1):
        refused = ann.sends(page, form, totp_code=ann.wrong_code())
        assert (refused.status, refused.retry_after) == (429, left)
        ann.host.clock.moves(9 if left == 10 else 10)


@pytest.mark.requirement("RL-8")
def test_a_sign_in_has_five_tries_and_then_asks_for_the_password_again(ann: Visitor) -> None:
    ann.enters_password()
    page = guesses(ann, 5)
    ann.host.clock.moves(30)
    refused = ann.sends(page, page.form(with_field="totp_code"), totp_code=ann.fresh_code())
    assert refused.status == 429
    assert "This sign-in had its tries. Sign in again to go on." in refused.text
    assert "/login" in refused.links
    assert spent(ann, CODE_ACCOUNT) == 5
    ann.enters_password()
    assert ann.enters_code().path == "/dashboard"


@pytest.mark.requirement("RL-7")
def test_a_right_password_does_not_clear_the_wrong_codes(ann: Visitor) -> None:
    for _ in range(2):
        ann.enters_password()
        guesses(ann, 2)
    assert spent(ann, CODE_ACCOUNT) == 4
    ann.enters_password()
    assert spent(ann, CODE_ACCOUNT) == 4


@pytest.mark.requirement("RL-7")
def test_a_right_code_clears_them(ann: Visitor) -> None:
    ann.enters_password()
    guesses(ann, 4)
    ann.enters_code()
    assert spent(ann, CODE_ACCOUNT) == 0


@pytest.mark.requirement("RL-7")
def test_a_backup_code_does_not_clear_them(ann: Visitor) -> None:
    ann.enters_password()
    guesses(ann, 4)
    ann.enters_backup_code()
    assert ann.is_signed_in()
    assert spent(ann, CODE_ACCOUNT) == 4


@pytest.mark.requirement("RL-7")
def test_a_replayed_code_is_a_try_too(ann: Visitor) -> None:
    ann.signs_in()
    ann.enters_password()
    used = ann.code()
    for _ in range(5):
        assert ann.enters_code(used).status == 422
    assert ann.enters_code(used).status == 429


def test_too_many_codes_name_the_way_that_stays_open(ann: Visitor) -> None:
    ann.enters_password()
    guesses(ann, 5)
    assert "/verify-2fa/backup-code" in guesses(ann, 1).links
    assert ann.enters_backup_code().path == "/backup-codes"


@pytest.mark.requirement("RL-2")
@pytest.mark.requirement("RL-3")
def test_the_whole_schedule_by_the_clock_up_to_a_strangers_fiftieth(ann: Visitor) -> None:
    """Somebody who has the password guesses as fast as the site lets them."""
    clock, began = ann.host.clock, ann.host.clock.now()
    for count in range(1, 51):
        ann.enters_password()
        assert guesses(ann, 1).status == 422
        assert spent(ann, CODE_STRANGERS) == spent(ann, CODE_ACCOUNT) == count
        if count < 50:
            waits_for(ann, CODE_STRANGERS.cool_off_after(count).total_seconds())
    assert clock.now() - began > timedelta(hours=8)
    assert len(ann.host.events("codes.closed")) == 1
    clock.moves(hours=1)
    assert ann.enters_password().heading == "Codes are closed in this browser"
    assert not ann.host.events("authenticator.disabled")


@pytest.mark.requirement("RL-2")
@pytest.mark.requirement("RL-3")
def test_in_a_known_browser_it_goes_on_up_to_the_hundredth(ann: Visitor) -> None:
    ann.signs_in()
    ann.signs_out()
    clock, began = ann.host.clock, ann.host.clock.now()
    for count in range(1, 101):
        ann.enters_password()
        assert guesses(ann, 1).status == 422
        assert spent(ann, CODE_ACCOUNT) == count
        if count < 100:
            waits_for(ann, CODE_KNOWN.cool_off_after(count).total_seconds())
    assert clock.now() - began > timedelta(days=2)
    (authenticator,) = ann.host.rows(Authenticator)
    assert datetime.fromisoformat(str(authenticator.disabled_at)) == clock.now()
    assert len(ann.host.events("authenticator.disabled")) == 1
    clock.moves(hours=24)
    page = ann.enters_password()
    assert page.heading == "Your authenticator is switched off"
    answer = ann.posts(
        "/verify-2fa",
        {"csrf_token": page.form(action="cancel").fields["csrf_token"]}
        | {"totp_code": ann.fresh_code()},
    )
    assert answer.status_code == 422
    assert not ann.is_signed_in()
    assert spent(ann, CODE_ACCOUNT) == 100


def waits_for(person: Visitor, seconds: float) -> None:
    """As long as it takes, and shows that a second less would not do."""
    if seconds == 0:
        return
    person.host.clock.moves(seconds - 1)
    person.enters_password()
    refused = guesses(person, 1)
    assert (refused.status, refused.retry_after) == (429, 1)
    person.host.clock.moves(1)
