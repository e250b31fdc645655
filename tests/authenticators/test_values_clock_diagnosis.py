"""Which wrong clock makes a typed code right, and how that is said."""

import base64
from datetime import UTC, datetime

import pyotp
import pytest

from vestibule.authenticators.clock_diagnosis import ClockFault, diagnose
from vestibule.authenticators.values import step_at

NOON = datetime(2026, 11, 25, 12, 0, 7, tzinfo=UTC)
SECRET = base64.b32encode(b"an example of 160 bits"[:20]).decode()


def code_of_a_phone(seconds_off: int) -> str:
    return pyotp.TOTP(SECRET).at(int(NOON.timestamp()) + seconds_off)


@pytest.mark.parametrize("steps", [steps for steps in range(-10, 11) if steps])
def test_a_clock_up_to_ten_steps_off_is_found_for_certain(steps: int) -> None:
    fault = diagnose(SECRET, code_of_a_phone(steps * 30), NOON)
    assert fault == ClockFault(steps * 30, step_at(NOON) + steps, certain=True)


@pytest.mark.parametrize("half_hours", [n for n in range(-28, 29) if n])
@pytest.mark.parametrize("delay", [-1, 0, 1])
def test_a_phone_in_another_time_zone_is_found_but_asked_again(half_hours: int, delay: int) -> None:
    fault = diagnose(SECRET, code_of_a_phone(half_hours * 1800 + delay * 30), NOON)
    assert fault == ClockFault(
        half_hours * 1800, step_at(NOON) + half_hours * 60 + delay, certain=False
    )


def test_two_codes_in_a_row_show_the_same_fault() -> None:
    first = diagnose(SECRET, code_of_a_phone(3600), NOON)
    second = diagnose(SECRET, code_of_a_phone(3630), NOON)
    assert first is not None
    assert second is not None
    assert (first.seconds, first.step + 1) == (second.seconds, second.step)


def test_a_right_clock_has_no_fault() -> None:
    assert diagnose(SECRET, code_of_a_phone(0), NOON) is None


@pytest.mark.parametrize("seconds_off", [11 * 30, -11 * 30, 15 * 60, 15 * 3600, -15 * 3600, 86400])
def test_a_clock_that_is_off_otherwise_is_not_guessed_at(seconds_off: int) -> None:
    assert diagnose(SECRET, code_of_a_phone(seconds_off), NOON) is None


def test_the_code_of_another_key_has_no_clock() -> None:
    other = base64.b32encode(b"twenty other bytes..").decode()
    assert diagnose(SECRET, pyotp.TOTP(other).at(NOON), NOON) is None


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-30, "about 30 seconds behind"),
        (60, "about 1 minute ahead"),
        (-90, "about 1½ minutes behind"),
        (-120, "about 2 minutes behind"),
        (300, "about 5 minutes ahead"),
    ],
)
def test_a_certain_fault_is_told_in_words(seconds: int, said: str) -> None:
    assert ClockFault(seconds, 0, certain=True).sentence() == (
        f"Your phone's clock is {said}: let the phone set its time automatically."
    )


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (3600, "exactly 1 hour ahead"),
        (-1800, "exactly half an hour behind"),
        (5400, "exactly 1½ hours ahead"),
        (-14 * 3600, "exactly 14 hours behind"),
    ],
)
def test_an_uncertain_fault_asks_for_a_second_code(seconds: int, said: str) -> None:
    assert ClockFault(seconds, 0, certain=False).sentence() == (
        f"Your phone's clock seems to be {said}: check the time zone, then enter the next code."
    )
