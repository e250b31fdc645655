"""Confirm it's you: the second step once more, for what asks for it."""

from __future__ import annotations

import pytest

from tests.stories import settled
from tests.support.guessing import spent
from tests.support.host_app import Host
from tests.support.visitor import Visitor
from vestibule.signin.schedule import CODE_ACCOUNT


@pytest.fixture
def ann(ann: Visitor) -> Visitor:
    """Signed in eleven minutes ago."""
    ann.signs_in()
    ann.host.clock.moves(minutes=11)
    return ann


@pytest.mark.requirement("SES-3")
@pytest.mark.requirement("SES-13")
def test_a_fresh_code_gives_ten_more_minutes_and_a_new_token(ann: Visitor) -> None:
    before = ann.with_the_same_cookies()
    page = ann.fills_in("/confirm?next=/setup-2fa", totp_code=ann.fresh_code())
    assert page.path == "/setup-2fa"
    assert not before.is_signed_in()
    ann.host.clock.moves(minutes=10)
    assert ann.opens("/setup-2fa").path == "/setup-2fa"
    ann.host.clock.moves(1)
    assert ann.opens("/setup-2fa").path == "/confirm"
    assert len(ann.host.events("session.confirmed")) == 1


@pytest.mark.requirement("SES-5")
def test_it_does_not_lengthen_the_session(ann: Visitor) -> None:
    began = ann.host.clock.now()
    for _ in range(47):
        ann.host.clock.moves(minutes=30)
        ann.fills_in("/confirm", totp_code=ann.fresh_code())
        assert ann.is_signed_in()
    ann.host.clock.moves(minutes=30)
    assert (ann.host.clock.now() - began).days == 1
    assert not ann.is_signed_in()


@pytest.mark.requirement("TOTP-7")
def test_a_code_that_signed_in_does_not_confirm(ann: Visitor) -> None:
    ann.signs_out()
    ann.signs_in()
    page = ann.fills_in("/confirm", totp_code=ann.code())
    assert page.status == 422
    assert "already used" in page.errors[0]


@pytest.mark.requirement("TOTP-7")
def test_a_code_that_confirmed_does_not_sign_in(ann: Visitor) -> None:
    ann.fills_in("/confirm", totp_code=ann.fresh_code())
    ann.signs_out()
    ann.enters_password()
    assert "already used" in ann.enters_code(ann.code()).errors[0]


def test_wrong_codes_are_told_counted_and_recorded(ann: Visitor) -> None:
    page = ann.fills_in("/confirm?next=/backup-codes", totp_code=ann.wrong_code())
    assert page.status == 422
    assert page.errors[0].startswith("That code is not right.")
    assert page.form(with_field="totp_code").fields["next"] == "/backup-codes"
    assert spent(ann, CODE_ACCOUNT) == 1
    assert len(ann.host.events("session.confirm_failed")) == 1
    assert ann.fills_in("/confirm", totp_code="12 34").errors == [
        "You entered 4 digits, the code has 6."
    ]
    assert spent(ann, CODE_ACCOUNT) == 1
    for _ in range(4):
        ann.fills_in("/confirm", totp_code=ann.wrong_code())
    assert ann.fills_in("/confirm", totp_code=ann.fresh_code()).status == 429
    assert ann.opens("/setup-2fa").path == "/confirm"


def test_it_names_what_it_is_for_and_where_cancel_leads(ann: Visitor) -> None:
    page = ann.opens("/confirm?next=/backup-codes")
    assert "You are about to make new backup codes." in page.text
    assert "/dashboard" in page.links
    assert "You are about to go on." in ann.opens("/confirm").text


@pytest.mark.requirement("FLOW-7")
def test_it_leads_nowhere_else(ann: Visitor) -> None:
    page = ann.fills_in("/confirm?next=https://evil.example/", totp_code=ann.fresh_code())
    assert page.path == "/dashboard"
    page = ann.opens("/confirm")
    page = ann.sends(
        page,
        page.form(with_field="totp_code"),
        totp_code=ann.fresh_code(),
        next="//evil.example/",
    )
    assert page.path == "/dashboard"


def test_signed_out_it_leads_to_the_sign_in_and_back(host: Host) -> None:
    ben = settled(host, "ben")
    page = ben.opens("/confirm?next=/setup-2fa")
    assert page.path == "/login"
    assert page.form(with_field="password").fields["next"] == "/setup-2fa"


def test_signed_out_meanwhile_it_asks_to_sign_in(ann: Visitor) -> None:
    page = ann.opens("/confirm")
    ann.host.revokes(ann.user_id)
    page = ann.sends(page, page.form(with_field="totp_code"), totp_code=ann.fresh_code())
    assert page.path == "/login"


@pytest.mark.requirement("TOTP-14")
def test_without_a_factor_the_password_is_asked_again(optional_host: Host) -> None:
    nina = Visitor.new(optional_host, "nina")
    nina.enters_password()
    nina.host.clock.moves(minutes=11)
    page = nina.opens("/setup-2fa")
    assert page.path == "/login"
    assert "Sign in once more to confirm that it is you." in page.text
    fields = {"username": "nina", "password": nina.papers.password}
    assert nina.sends(page, page.form(with_field="password"), **fields).path == "/setup-2fa"
