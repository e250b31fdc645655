"""Secrets, reading codes, and which codes are right at which moment."""

import base64
import contextlib
import re
from datetime import UTC, datetime, timedelta, timezone

import pyotp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vestibule.authenticators.values import (
    CodeProblem,
    MalformedCode,
    Match,
    clean_name,
    match,
    name_problem,
    new_secret,
    next_code_in,
    read_code,
    step_at,
)

NOON = datetime(2026, 11, 25, 12, 0, 7, tzinfo=UTC)
SECRET = base64.b32encode(b"an example of 160 bits"[:20]).decode()

codes = st.text(alphabet="0123456789", min_size=6, max_size=6)
clutter = st.text(alphabet=" -\t\n\u00a0\u2009\u2013\u200b\u200e\ufeff\u2060\u00ad", max_size=4)


def code_at(step: int) -> str:
    return pyotp.TOTP(SECRET).generate_otp(step)


# Secrets


@pytest.mark.requirement("TOTP-2")
@pytest.mark.requirement("TOTP-3")
@pytest.mark.requirement("URI-3")
def test_l22_a_secret_has_160_bits_and_no_padding() -> None:
    secret = new_secret()
    assert re.fullmatch("[A-Z2-7]{32}", secret)
    assert len(base64.b32decode(secret)) * 8 == 160


@pytest.mark.requirement("TOTP-3")
def test_a_thousand_secrets_are_a_thousand_different_ones() -> None:
    made = [new_secret() for _ in range(1000)]
    assert len(set(made)) == 1000
    # Every letter turns up at every place: nothing of a secret is fixed.
    assert all(len({one[place] for one in made}) == 32 for place in range(32))


# Reading


@pytest.mark.requirement("TOTP-12")
@pytest.mark.parametrize(
    "typed",
    [
        "012345",
        "012 345",
        " 012345\n",
        "012-345",
        "0\u200b12345",
        "\uff10\uff11\uff12345",
        "0 1 2 3 4 5",
    ],
    ids=ascii,
)
def test_a_code_is_read_as_people_type_it_and_keeps_its_leading_zero(typed: str) -> None:
    assert read_code(typed) == "012345"


@settings(deadline=None)
@given(codes, st.lists(clutter, min_size=7, max_size=7))
def test_nothing_between_the_digits_matters(code: str, between: list[str]) -> None:
    typed = between[0] + "".join(
        digit + rest for digit, rest in zip(code, between[1:], strict=True)
    )
    assert read_code(typed) == code


@settings(deadline=None)
@given(st.text() | st.text(alphabet="0123456789 -\uff11\u0661\u06f2\u00b3\u2460a", max_size=9))
def test_whatever_is_typed_only_six_ascii_digits_come_out(text: str) -> None:
    with contextlib.suppress(MalformedCode):
        assert re.fullmatch("[0-9]{6}", read_code(text))


@pytest.mark.requirement("TOTP-12")
@pytest.mark.parametrize(
    ("typed", "reason", "digits", "sentence"),
    [
        ("", CodeProblem.EMPTY, 0, "Enter the 6-digit code from your app."),
        (" - \u200b", CodeProblem.EMPTY, 0, "Enter the 6-digit code from your app."),
        ("1", CodeProblem.LENGTH, 1, "You entered 1 digit, the code has 6."),
        ("12345", CodeProblem.LENGTH, 5, "You entered 5 digits, the code has 6."),
        ("1234567", CodeProblem.LENGTH, 7, "You entered 7 digits, the code has 6."),
        ("12345a", CodeProblem.LETTERS, 5, "The code has digits only."),
        ("7QK2-M4XB-0V9T-HZ3C", CodeProblem.LETTERS, 6, "The code has digits only."),
        (
            "\u0661\u0662\u0663\u0664\u0665\u0666",
            CodeProblem.LETTERS,
            0,
            "The code has digits only.",
        ),
        ("12345\u00b2", CodeProblem.LETTERS, 5, "The code has digits only."),
        ("12345\ud800", CodeProblem.LETTERS, 5, "The code has digits only."),
    ],
    ids=ascii,
)
def test_what_cannot_be_a_code_says_why(
    typed: str, reason: CodeProblem, digits: int, sentence: str
) -> None:
    with pytest.raises(MalformedCode) as refused:
        read_code(typed)
    assert (refused.value.reason, refused.value.digits) == (reason, digits)
    assert refused.value.sentence == sentence


def test_a_refused_text_is_not_in_the_message_that_a_log_might_keep() -> None:
    with pytest.raises(MalformedCode) as refused:
        read_code("my secret password")
    assert "password" not in str(refused.value)


# Comparing


@pytest.mark.requirement("TOTP-4")
@pytest.mark.requirement("TOTP-5")
@pytest.mark.parametrize("window", [0, 1])
@pytest.mark.parametrize("offset", range(-5, 6))
def test_exactly_the_steps_in_the_window_pass(window: int, offset: int) -> None:
    now = step_at(NOON)
    expected = Match(now + offset, offset) if abs(offset) <= window else None
    assert match(SECRET, code_at(now + offset), NOON, window) == expected


@pytest.mark.parametrize(("window", "most"), [(0, 1), (1, 3)])
def test_l50_at_one_instant_at_most_three_codes_are_right(window: int, most: int) -> None:
    around = {code_at(step_at(NOON) + offset) for offset in range(-window, window + 1)}
    tried = around | {f"{number:06}" for number in range(0, 1_000_000, 997)}
    assert {code for code in tried if match(SECRET, code, NOON, window)} == around
    assert len(around) == most


@pytest.mark.requirement("TOTP-4")
@pytest.mark.parametrize("window", [-1, 2, 10])
def test_a_window_over_the_ceiling_is_refused(window: int) -> None:
    with pytest.raises(ValueError, match="window"):
        match(SECRET, "123456", NOON, window)


@pytest.mark.requirement("TOTP-7")
def test_l16_l18_the_step_of_a_match_is_the_same_wherever_in_the_window_it_is_seen() -> None:
    # The replay rule compares steps: a code seen early, in time and late must name one step.
    step = step_at(NOON)
    code = code_at(step)
    seen = [match(SECRET, code, NOON + timedelta(seconds=30 * shift), 1) for shift in (-1, 0, 1)]
    assert seen == [Match(step, 1), Match(step, 0), Match(step, -1)]


def test_the_nearest_step_wins_where_two_have_the_same_code() -> None:
    # Found by search: this secret has one code at two steps in a row, and at two with one between.
    first, second = 61292599, 61292600
    assert code_at(first) == code_at(second) == "816575"
    for step in (first, second):
        assert match(SECRET, "816575", datetime.fromtimestamp(step * 30, UTC), 1) == Match(step, 0)

    between = datetime.fromtimestamp(59375254 * 30, UTC)
    assert code_at(59375253) == code_at(59375255) == "166294"
    assert match(SECRET, "166294", between, 1) == Match(59375253, -1)


@pytest.mark.parametrize(
    "code", ["", "12345", "1234567", "\uff11\uff12\uff13456", "\ud800" * 6], ids=ascii
)
def test_a_text_that_is_no_code_matches_nothing_and_does_not_fail(code: str) -> None:
    assert match(SECRET, code, NOON, 1) is None


def test_the_first_seconds_of_1970_have_no_step_before_them() -> None:
    start = datetime(1970, 1, 1, tzinfo=UTC)
    assert match(SECRET, code_at(0), start, 1) == Match(0, 0)
    assert match(SECRET, code_at(1), start, 1) == Match(1, 1)


def test_one_moment_is_one_step_in_every_zone() -> None:
    elsewhere = NOON.astimezone(timezone(timedelta(hours=5, minutes=45)))
    assert step_at(elsewhere) == step_at(NOON)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        match(SECRET, "123456", NOON.replace(tzinfo=None), 1)


@pytest.mark.parametrize(
    ("second", "microsecond", "left"),
    [(0, 0, 30), (1, 0, 29), (29, 999_999, 1), (30, 0, 30), (48, 0, 12)],
)
def test_the_next_code_comes_when_the_step_ends(second: int, microsecond: int, left: int) -> None:
    now = NOON.replace(second=second, microsecond=microsecond)
    assert next_code_in(now) == left
    assert step_at(now + timedelta(seconds=left)) == step_at(now) + 1


# Names


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("", "Phone"),
        ("  \t", "Phone"),
        ("  My   old\u00a0phone ", "My old phone"),
        ("Bu\u0308ro", "B\u00fcro"),
        ("\U0001f4f1", "\U0001f4f1"),
    ],
    ids=ascii,
)
def test_a_name_is_tidied_and_there_is_always_one(typed: str, kept: str) -> None:
    assert clean_name(typed) == kept
    assert name_problem(typed) is None


def test_a_name_has_at_most_40_characters() -> None:
    assert name_problem("n" * 40) is None
    assert name_problem("n" * 41) == "The name has 41 characters, at most 40 are possible."


def test_a_name_that_is_much_too_long_is_refused_without_being_normalised() -> None:
    typed = "u\u0308" * 30_000
    assert clean_name(typed) == typed
    assert name_problem(typed) is not None


@pytest.mark.parametrize(
    "unseen", ["\0", "\x1b", "\u202e", "\u200b", "\ud800", "\ue000"], ids=ascii
)
def test_a_name_with_a_character_that_cannot_be_shown_is_refused(unseen: str) -> None:
    assert name_problem(f"Phone{unseen}1") is not None
