"""Codes that do not pass, and what the page says about them."""

from __future__ import annotations

import pytest

from tests.stories import HostMaker, settled
from tests.support.visitor import Visitor

NOT_RIGHT = (
    "That code is not right. Check that you opened Host in the app and that the phone sets its "
    "time automatically."
)


@pytest.mark.requirement("TOTP-12")
@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Enter the 6-digit code from your app."),
        ("  - ", "Enter the 6-digit code from your app."),
        ("12345", "You entered 5 digits, the code has 6."),
        ("1", "You entered 1 digit, the code has 6."),
        ("1234567", "You entered 7 digits, the code has 6."),
        (
            "12345a",
            "The code has digits only. To use a backup code, choose Use a backup code.",
        ),
        (
            "١٢٣٤٥٦",
            "The code has digits only. To use a backup code, choose Use a backup code.",
        ),
    ],
)
def test_what_is_no_code_is_told_apart_and_costs_no_try(
    ann: Visitor, typed: str, words: str
) -> None:
    ann.enters_password()
    tries = len(ann.host.events("try.taken"))
    page = ann.fills_in("/verify-2fa", totp_code=typed)
    assert (page.status, page.errors) == (422, [words])
    assert page.title.startswith("Error: ")
    assert len(ann.host.events("try.taken")) == tries


@pytest.mark.requirement("TOTP-12")
@pytest.mark.parametrize(
    "spelt",
    [
        "{0} {1}",
        " {0}-{1}\t",
        "{0}\u200b\u00a0{1}\u202c",
        "{0}\0{1}",
    ],
)
def test_what_cannot_matter_in_a_code_is_left_out(ann: Visitor, spelt: str) -> None:
    ann.enters_password()
    code = ann.fresh_code()
    assert ann.enters_code(spelt.format(code[:3], code[3:])).path == "/dashboard"


def test_full_width_digits_are_read(ann: Visitor) -> None:
    ann.enters_password()
    wide = "".join(chr(0xFF10 + int(digit)) for digit in ann.fresh_code())
    assert ann.enters_code(wide).path == "/dashboard"


def test_a_wrong_code_says_what_to_look_at_and_is_not_sent_back(ann: Visitor) -> None:
    ann.enters_password()
    code = ann.wrong_code()
    page = ann.enters_code(code)
    assert (page.status, page.errors) == (422, [NOT_RIGHT])
    assert code not in page.html
    assert not ann.is_signed_in()


def test_from_the_second_failure_on_the_page_says_what_time_it_is_here(ann: Visitor) -> None:
    ann.enters_password()
    told = f"{ann.host.clock.now():%H:%M:%S} UTC"
    assert told not in ann.enters_code(ann.wrong_code()).text
    assert told in ann.enters_code(ann.wrong_code()).text


@pytest.mark.parametrize("offset", [-3, -2, 2, 3, 120, -120])
def test_a_code_of_another_time_looks_like_any_wrong_one(ann: Visitor, offset: int) -> None:
    # It may be usable still, or soon, by whoever asks: only the set-up page diagnoses clocks.
    ann.enters_password()
    page = ann.enters_code(ann.code(offset))
    assert (page.status, page.errors) == (422, [NOT_RIGHT])


@pytest.mark.requirement("TOTP-4")
@pytest.mark.parametrize("offset", [-1, 0, 1])
def test_one_step_to_each_side_passes(ann: Visitor, offset: int) -> None:
    ann.host.clock.moves(60)
    ann.enters_password()
    assert ann.enters_code(ann.code(offset)).path == "/dashboard"


@pytest.mark.requirement("TOTP-5")
def test_in_the_strict_mode_only_the_current_step_passes(make: HostMaker) -> None:
    ann = settled(make(VESTIBULE_TOTP_WINDOW=0), "ann")
    ann.host.clock.moves(60)
    ann.enters_password()
    for offset in (-1, 1):
        assert ann.enters_code(ann.code(offset)).errors == [NOT_RIGHT]
    assert ann.enters_code(ann.code()).path == "/dashboard"


@pytest.mark.requirement("TOTP-7")
def test_a_used_code_is_told_with_the_time_of_the_next(ann: Visitor) -> None:
    ann.signs_in()
    ann.signs_out()
    ann.enters_password()
    page = ann.enters_code(ann.code())
    assert page.status == 422
    assert page.errors == [
        "That code was already used. Wait for the next one; it comes in 20 seconds."
    ]
    ann.host.clock.moves(19)
    assert "it comes in 1 second." in ann.enters_code(ann.code()).errors[0]
    ann.host.clock.moves(1)
    assert ann.enters_code(ann.code()).path == "/dashboard"
    assert len(ann.host.events("second_step.replayed")) == 2


def test_any_of_several_authenticators_passes(ann: Visitor) -> None:
    ann.signs_in()
    ann.sets_up("Tablet")
    for secret in ann.papers.secrets:
        ann.signs_out()
        ann.enters_password()
        assert ann.enters_code(ann.fresh_code(secret)).path == "/dashboard"
    assert len(ann.papers.secrets) == 2


@pytest.mark.requirement("TOTP-17")
def test_each_authenticator_remembers_its_own_last_step(ann: Visitor) -> None:
    ann.signs_in()
    ann.sets_up("Tablet")
    ann.host.clock.moves(30)
    phone, tablet = ann.papers.secrets
    for secret in (phone, tablet):
        ann.signs_out()
        ann.enters_password()
        assert ann.enters_code(ann.code(secret=secret)).path == "/dashboard"
