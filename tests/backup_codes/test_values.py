"""Backup codes: how strong, how read, and what the sheet looks like."""

import math
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vestibule.backup_codes.values import (
    ALPHABET,
    SECRET_LENGTH,
    SELECTOR_LENGTH,
    BackupCode,
    MalformedBackupCode,
    new_set,
    read_backup_code,
    sheet,
    sheet_head,
)

CODE = BackupCode("7QK", "2M4XB0V9T1Z3C")
SHOWN = "7QK2-M4XB-0V9T-1Z3C"
MADE_AT = datetime(2026, 3, 3, 23, 30, tzinfo=UTC)

codes = st.text(alphabet=ALPHABET, min_size=16, max_size=16).map(
    lambda text: BackupCode(text[:SELECTOR_LENGTH], text[SELECTOR_LENGTH:])
)


# Making


@pytest.mark.requirement("BC-1")
def test_the_part_that_only_the_owner_knows_has_64_bits_or_more() -> None:
    assert len(set(ALPHABET)) == len(ALPHABET)
    assert SECRET_LENGTH * math.log2(len(ALPHABET)) >= 64


@pytest.mark.requirement("BC-1")
def test_a_new_code_has_the_shape_that_the_bits_were_counted_on() -> None:
    for code in new_set(50):
        assert re.fullmatch(f"[{ALPHABET}]{{{SELECTOR_LENGTH}}}", code.selector)
        assert re.fullmatch(f"[{ALPHABET}]{{{SECRET_LENGTH}}}", code.secret)


@pytest.mark.requirement("BC-1")
def test_every_symbol_turns_up_at_every_place() -> None:
    made = [code.selector + code.secret for code in new_set(2000)]
    assert all({one[place] for one in made} == set(ALPHABET) for place in range(16))
    assert len({code[SELECTOR_LENGTH:] for code in made}) == 2000


@pytest.mark.requirement("BC-9")
def test_letters_that_look_like_digits_are_not_in_the_alphabet() -> None:
    assert not set("ILOU") & set(ALPHABET)


@pytest.mark.requirement("BC-8")
def test_a_set_has_as_many_codes_as_asked_for() -> None:
    assert len(new_set(10)) == 10


def test_no_selector_is_twice_in_a_set_even_if_it_takes_them_all() -> None:
    every_selector = len(ALPHABET) ** SELECTOR_LENGTH
    assert len({code.selector for code in new_set(every_selector)}) == every_selector
    with pytest.raises(ValueError):
        new_set(every_selector + 1)


def test_the_secret_part_stays_out_of_logs_and_tracebacks() -> None:
    assert CODE.secret not in repr(CODE)
    assert CODE.secret not in f"{CODE}"


# Reading


@pytest.mark.requirement("BC-9")
@pytest.mark.parametrize(
    "typed",
    [
        "7QK2-M4XB-0V9T-1Z3C",
        "7qk2m4xb0v9t1z3c",
        "  7QK2 M4XB 0V9T 1Z3C\n",
        "7qk2-m4xb-Ov9t-lz3c",
        "7qk2-m4xb-ov9t-Iz3c",
        "7qk2\u2013m4xb\u22120v9t\u20111z3c",
        "\u200b7qk2m4xb\ufeff0v9t1z3c\u200e",
        "\uff17\uff31\uff4b2m4xb0v9t1z3c",
    ],
    ids=ascii,
)
def test_a_code_is_read_as_people_type_it(typed: str) -> None:
    assert read_backup_code(typed) == CODE


@pytest.mark.requirement("BC-9")
@settings(deadline=None)
@given(codes, st.data())
def test_no_spelling_of_a_code_loses_it(code: BackupCode, data: st.DataObject) -> None:
    spellings = {"0": "0Oo", "1": "1IiLl"}
    typed = "".join(
        data.draw(st.sampled_from(["", " ", "-", "\u200b", "\u2013", " - "]))
        + data.draw(st.sampled_from(spellings.get(one, one + one.lower())))
        for one in code.shown
    )
    assert read_backup_code(typed) == code


@settings(deadline=None)
@given(codes)
def test_what_is_shown_is_four_groups_of_four_and_reads_back(code: BackupCode) -> None:
    assert re.fullmatch("[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}", code.shown)
    assert read_backup_code(code.shown) == code


EMPTY = "Enter one of your backup codes."
SYMBOLS = "A backup code has only digits and the letters A to Z without U. Check what you typed."


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", EMPTY),
        (" - ", EMPTY),
        ("7QK2-M4XB-0V9T-1Z3", "You entered 15 characters, a backup code has 16."),
        (f"{SHOWN}-4", "You entered 17 characters, a backup code has 16."),
        ("123 456", "You entered 6 characters, a backup code has 16."),
        ("7", "You entered 1 character, a backup code has 16."),
        ("7QK2-M4XB-0V9T-1Z3U", SYMBOLS),
        ("7QK2_M4XB_0V9T_1Z3C", SYMBOLS),
        ("7QK2-M4XB-0V9T-1Z3\u0661", SYMBOLS),
        # Upper case would make S, I and SS of these.
        ("7QK2-M4XB-0V9T-1Z3\u017f", SYMBOLS),
        ("7QK2-M4XB-0V9T-1Z3\u0131", SYMBOLS),
        ("7QK2-M4XB-0V9T-1Z\u00df", SYMBOLS),
        ("7QK2-M4XB-0V9T-1Z3\ud800", SYMBOLS),
    ],
    ids=ascii,
)
def test_what_cannot_be_a_backup_code_says_why(typed: str, sentence: str) -> None:
    with pytest.raises(MalformedBackupCode) as refused:
        read_backup_code(typed)
    assert refused.value.sentence == sentence


# The sheet


def codes_on(text: str) -> list[BackupCode]:
    """The lines that somebody could use as a code."""
    found = []
    for line in text.splitlines():
        try:
            found.append(read_backup_code(line))
        except MalformedBackupCode:
            continue
    return found


@pytest.mark.requirement("BC-8")
def test_the_sheet_says_what_it_is_and_then_one_code_a_line() -> None:
    made = (CODE, BackupCode("000", "ABCDEFGHJKMNP"))
    text = sheet(sheet_head("Acme", "anna", "3 March 2026", 4, "https://acme.example/login"), made)
    assert text == (
        "Backup codes for Acme\n"
        "Account: anna\n"
        "Set 4, made 3 March 2026 (UTC)\n"
        "Sign in at: https://acme.example/login\n"
        "Each code works once, in place of the code from your authenticator app.\n"
        "\n"
        "7QK2-M4XB-0V9T-1Z3C\n"
        "000A-BCDE-FGHJ-KMNP\n"
    )


def test_every_code_of_a_sheet_can_be_read_back_from_it() -> None:
    made = new_set(10)
    head = sheet_head("Acme", "anna", "today", 1, "https://acme.example")
    assert codes_on(sheet(head, made)) == list(made)


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\x0b", "\x85", "\u2028"], ids=ascii)
def test_a_name_cannot_write_codes_of_its_own_on_the_sheet(line_break: str) -> None:
    forger = f"anna{line_break}0000-0000-0000-0000{line_break}"
    text = sheet(sheet_head(forger, forger, "today", 1, forger), (CODE,))
    assert codes_on(text) == [CODE]
