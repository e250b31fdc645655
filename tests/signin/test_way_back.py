"""Sign-ins that do not go straight on: too late, cancelled, the back button, two tabs, revoked."""

from __future__ import annotations

import pytest

from tests.stories import HostMaker, settled
from tests.support.visitor import Visitor
from vestibule.signin.models import PendingSignin


@pytest.mark.requirement("FLOW-4")
def test_after_ten_minutes_the_code_page_leads_back_kindly(ann: Visitor) -> None:
    ann.enters_password(next_url="/dashboard?tab=2")
    page = ann.opens("/verify-2fa")
    ann.host.clock.moves(minutes=10)
    page = ann.sends(page, page.form(with_field="totp_code"), totp_code=ann.fresh_code())
    assert page.path == "/login"
    assert "You took longer than 10 minutes, so sign in again." in page.text
    form = page.form(with_field="password")
    assert (form.fields["username"], form.fields["next"]) == ("ann", "/dashboard?tab=2")
    assert form.fields["password"] == ""
    assert not ann.is_signed_in()


def test_one_second_before_the_code_still_passes(ann: Visitor) -> None:
    ann.enters_password()
    page = ann.opens("/verify-2fa")
    ann.host.clock.moves(minutes=9, seconds=59)
    page = ann.sends(page, page.form(with_field="totp_code"), totp_code=ann.fresh_code())
    assert page.path == "/dashboard"


def test_the_words_are_told_once(ann: Visitor) -> None:
    ann.enters_password()
    ann.host.clock.moves(minutes=11)
    assert "You took longer" in ann.opens("/verify-2fa").text
    assert "You took longer" not in ann.opens("/login").text


def test_a_set_up_that_took_too_long_leads_back_too(newcomer: Visitor) -> None:
    newcomer.enters_password()
    page = newcomer.opens("/setup-2fa")
    newcomer.host.clock.moves(minutes=15)
    code = newcomer.fresh_code(page.secret)
    page = newcomer.sends(page, page.form(with_field="totp_code"), totp_code=code)
    assert page.path == "/login"
    assert "sign in again" in page.text
    assert not newcomer.is_signed_in()


def test_not_you_ends_the_sign_in(ann: Visitor) -> None:
    page = ann.enters_password(next_url="/dashboard?tab=2")
    before = ann.with_the_same_cookies()
    page = ann.sends(page, page.form(action="/verify-2fa/cancel"))
    assert page.path == "/login"
    assert page.form(with_field="password").fields["next"] == "/dashboard?tab=2"
    assert ann.cookie("vestibule-pending") is None
    assert ann.host.rows(PendingSignin) == []
    assert before.opens("/verify-2fa").path == "/login"
    assert len(ann.host.events("signin.ended")) == 1


def test_whoever_must_set_up_can_leave_too(newcomer: Visitor) -> None:
    page = newcomer.enters_password()
    page = newcomer.sends(page, page.form(action="/verify-2fa/cancel"))
    assert page.path == "/login"
    assert newcomer.host.rows(PendingSignin) == []


def test_the_back_button_after_a_sign_in_leads_on(ann: Visitor) -> None:
    code_page = ann.enters_password()
    ann.enters_code()
    for path in ("/verify-2fa", "/verify-2fa/backup-code"):
        assert ann.opens(path).path == "/dashboard"
    page = ann.sends(code_page, code_page.form(with_field="totp_code"), totp_code=ann.fresh_code())
    assert page.path == "/dashboard"
    assert ann.is_signed_in()


def test_two_tabs_at_the_code_page_sign_in_once_without_an_error(ann: Visitor) -> None:
    first_tab = ann.enters_password()
    second_tab = ann.opens("/verify-2fa")
    code = ann.fresh_code()
    for tab in (second_tab, first_tab):
        page = ann.sends(tab, tab.form(with_field="totp_code"), totp_code=code)
        assert page.path == "/dashboard"
    assert len(ann.host.events("session.opened")) == 2  # the first time was the set-up


def test_a_second_tabs_old_sign_in_form_asks_to_be_sent_once_more(ann: Visitor) -> None:
    old_tab = ann.opens("/login")
    ann.signs_in()
    fields = {"username": ann.username, "password": ann.papers.password}
    page = ann.sends(old_tab, old_tab.form(with_field="password"), **fields)
    assert page.status == 422
    assert page.errors == [
        "This page was open for a long time. Nothing was changed. Send the form once more."
    ]
    assert ann.is_signed_in()
    page = ann.sends(page, page.form(with_field="password"), **fields)
    assert page.path == "/verify-2fa"


def test_a_newer_sign_in_in_another_tab_goes_on_where_the_newer_is(ann: Visitor) -> None:
    old_tab = ann.enters_password()
    ann.enters_password()
    page = ann.sends(old_tab, old_tab.form(with_field="totp_code"), totp_code=ann.fresh_code())
    # The old tab's form belongs to the sign-in before: it comes back with a token of the newer.
    assert (page.status, page.path) == (422, "/verify-2fa")
    assert not ann.is_signed_in()
    page = ann.sends(page, page.form(with_field="totp_code"), totp_code=ann.fresh_code())
    assert page.path == "/dashboard"


def test_somebody_signed_in_may_sign_in_again(ann: Visitor) -> None:
    ann.signs_in()
    before = ann.with_the_same_cookies()
    assert ann.enters_password().path == "/verify-2fa"
    assert not ann.is_signed_in()
    assert ann.enters_code().path == "/dashboard"
    assert not before.is_signed_in()


def test_a_wrong_password_does_not_end_the_session_one_has(ann: Visitor) -> None:
    ann.signs_in()
    assert ann.enters_password("not it").status == 422
    assert ann.is_signed_in()


@pytest.mark.requirement("FLOW-5")
def test_what_is_revoked_while_the_password_is_hashed_wins(
    database_url: str, make: HostMaker
) -> None:
    ann = settled(make(database_url), "ann")
    ann.host.hasher.meanwhile = lambda: ann.host.revokes(ann.user_id)
    page = ann.enters_password()
    assert page.path == "/login"
    assert "Your account was changed while you signed in. Sign in again." in page.text
    assert ann.cookie("vestibule-pending") is None
    assert ann.host.rows(PendingSignin) == []
    assert ann.enters_password().path == "/verify-2fa"


@pytest.mark.requirement("FLOW-5")
def test_what_is_revoked_while_a_backup_code_is_hashed_wins(ann: Visitor) -> None:
    ann.enters_password()
    ann.host.hasher.meanwhile = lambda: ann.host.revokes(ann.user_id)
    page = ann.enters_backup_code(ann.papers.backup_codes[0])
    assert page.path == "/login"
    assert "This sign-in is over. Sign in again." in page.text
    assert not ann.is_signed_in()
    ann.enters_password()
    assert ann.enters_backup_code(ann.papers.backup_codes[0]).path == "/backup-codes"


@pytest.mark.requirement("FLOW-5")
def test_a_revoking_change_ends_the_sign_ins_between_the_steps(ann: Visitor) -> None:
    page = ann.enters_password()
    ann.host.revokes(ann.user_id)
    page = ann.sends(page, page.form(with_field="totp_code"), totp_code=ann.fresh_code())
    assert page.path == "/login"
    assert not ann.is_signed_in()


def test_whoever_took_too_long_to_set_up_is_told_the_time_that_was_allowed(
    newcomer: Visitor,
) -> None:
    newcomer.enters_password()
    newcomer.host.clock.moves(minutes=16)
    page = newcomer.opens("/setup-2fa")
    assert page.path == "/login"
    assert "You took longer than 15 minutes, so sign in again." in page.text


def test_whoever_was_signed_out_meanwhile_is_not_told_to_be_quicker(ann: Visitor) -> None:
    ann.enters_password()
    ann.host.revokes(ann.user_id)
    page = ann.opens("/verify-2fa")
    assert page.path == "/login"
    assert "This sign-in is over. Sign in again." in page.text
