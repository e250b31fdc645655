"""Adding further authenticators, by somebody who is signed in."""

from __future__ import annotations

import pytest

from tests.support.host_app import Host
from tests.support.visitor import Visitor
from vestibule.authenticators.models import Authenticator


def names(host: Host) -> list[str]:
    return sorted(row.name for row in host.rows(Authenticator))


@pytest.mark.requirement("TOTP-17")
def test_a_second_authenticator_gets_its_name_and_no_new_codes(ann: Visitor) -> None:
    ann.signs_in()
    page = ann.sets_up("  Old   tablet ")
    assert page.path == "/backup-codes"
    assert not page.backup_codes
    assert "10 of 10 left" in page.text
    assert names(ann.host) == ["Old tablet", "Phone"]
    assert "Old tablet" in ann.opens("/setup-2fa").text


@pytest.mark.requirement("SES-10")
@pytest.mark.requirement("FLOW-5")
def test_it_ends_the_other_sessions_and_sign_ins_and_keeps_this_one(ann: Visitor) -> None:
    elsewhere, between, copied = ann.in_another_browser(), ann.in_another_browser(), None
    elsewhere.signs_in()
    between.enters_password()
    ann.signs_in()
    copied = ann.with_the_same_cookies()
    ann.sets_up("Tablet")
    assert ann.is_signed_in()
    assert not elsewhere.is_signed_in()
    assert not copied.is_signed_in()
    assert between.opens("/verify-2fa").path == "/login"


@pytest.mark.requirement("SES-13")
@pytest.mark.requirement("TOTP-14")
def test_ten_minutes_after_the_code_it_asks_to_confirm_first(ann: Visitor) -> None:
    ann.signs_in()
    ann.host.clock.moves(minutes=10)
    assert ann.opens("/setup-2fa").path == "/setup-2fa"
    ann.host.clock.moves(1)
    page = ann.opens("/setup-2fa")
    assert page.path == "/confirm"
    assert page.heading == "Confirm it’s you"
    assert "You are about to add an authenticator." in page.text
    page = ann.sends(page, page.form(with_field="totp_code"), totp_code=ann.fresh_code())
    assert page.path == "/setup-2fa"
    ann.sets_up("Tablet")
    assert names(ann.host) == ["Phone", "Tablet"]


@pytest.mark.requirement("SES-13")
def test_a_form_fetched_in_time_and_sent_too_late_adds_nothing(ann: Visitor) -> None:
    ann.signs_in()
    page = ann.opens("/setup-2fa")
    ann.host.clock.moves(minutes=10, seconds=1)
    code = ann.fresh_code(page.secret)
    page = ann.sends(page, page.form(with_field="totp_code"), totp_code=code)
    assert page.path == "/confirm"
    assert names(ann.host) == ["Phone"]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("x" * 41, "The name has 41 characters, at most 40 are possible."),
        (
            "Tab\u202elet",
            "The name has a character that cannot be shown. Type it again without.",
        ),
        ("Tab\0let", "The name has a character that cannot be shown. Type it again without."),
    ],
)
def test_a_name_that_cannot_be_is_refused_in_words(ann: Visitor, typed: str, words: str) -> None:
    ann.signs_in()
    page = ann.opens("/setup-2fa")
    code = ann.fresh_code(page.secret)
    answer = ann.sends(page, page.form(with_field="name"), totp_code=code, name=typed)
    assert (answer.status, answer.errors) == (422, [words])
    assert answer.secret == page.secret
    assert names(ann.host) == ["Phone"]


def test_an_account_has_at_most_five(ann: Visitor) -> None:
    ann.signs_in()
    for number in range(2, 6):
        ann.sets_up(f"Phone {number}")
    page = ann.opens("/setup-2fa")
    code = ann.fresh_code(page.secret)
    page = ann.sends(page, page.form(with_field="totp_code"), totp_code=code)
    assert page.status == 422
    assert "An account has at most 5 authenticators, and yours has them." in page.text
    assert len(names(ann.host)) == 5
    assert ann.is_signed_in()


def test_a_secret_is_never_twice_in_one_account(ann: Visitor) -> None:
    ann.signs_in()
    ann.sets_up("Tablet")
    fingerprints = {row.fingerprint for row in ann.host.rows(Authenticator)}
    assert len(fingerprints) == 2


def test_the_first_authenticator_of_an_optional_account_makes_the_session_aal2(
    optional_host: Host,
) -> None:
    nina = Visitor.new(optional_host, "nina")
    nina.enters_password()
    before = nina.with_the_same_cookies()
    page = nina.opens("/setup-2fa")
    assert "/dashboard" in page.links  # "Not now"
    nina.sets_up()
    assert "aal2" in nina.opens("/dashboard").text
    assert not before.is_signed_in()


def test_where_it_is_required_there_is_no_not_now(newcomer: Visitor) -> None:
    assert "/dashboard" not in newcomer.enters_password().links
