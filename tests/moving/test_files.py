"""The files that people come in."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vestibule.moving.files import NotReadable, read_people, read_rows
from vestibule.moving.values import shown_user

URI = "otpauth://totp/a?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def people(text: str) -> list[tuple[str, bool]]:
    return [(one.user, one.secret is not None) for one in read_people(io.StringIO(text))]


@pytest.mark.parametrize(
    "text",
    [
        f"ann,{URI}\nbob,nothing\n",
        f"\ufeffuser,otpauth\r\nann,{URI}\r\n\r\nbob,nothing\r\n",
        f'otp,note\n"ann","{URI}"\nbob,nothing\n'.removeprefix("otp,note\n"),
        f"User,Note,OTPauth\nann,a note,{URI}\nbob,,nothing\n",
        f"user,otpauth\nann,{URI}\nbob\n",
        json.dumps({"user": "ann", "otpauth": URI, "more": [1]}) + '\n\n{"user": "bob"}\n',
        json.dumps({"otpauth": URI, "user": "ann"}) + '\n{"user": "bob", "otpauth": null}',
    ],
)
def test_a_heading_and_the_order_of_columns_are_as_they_come(text: str) -> None:
    assert people(text) == [("ann", True), ("bob", False)]


def test_a_number_is_a_user_too() -> None:
    assert people(json.dumps({"user": 7, "otpauth": URI})) == [("7", True)]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("ann,a,b\n", "Row 1 has more cells"),
        ('"ann,', "no CSV"),
        (f'{{"user": "ann", "otpauth": "{URI}"}}\n[]\n', "Line 2 is no JSON object"),
        (f'{{"user": "{URI}"', "Line 1 is no JSON object"),
        ("x" * 70_000, "a line of more than"),
    ],
)
def test_what_is_no_such_file_is_told_by_its_line(text: str, why: str) -> None:
    with pytest.raises(NotReadable, match=why) as refusal:
        people(text)
    assert URI not in str(refusal.value)


def test_half_a_character_is_none() -> None:
    with pytest.raises(NotReadable, match="not UTF-8"):
        people('{"user": "\\ud800", "otpauth": "x"}')


def test_a_file_in_another_encoding_is_told() -> None:
    stream = io.TextIOWrapper(io.BytesIO("jürgen,x\n".encode("latin-1")), encoding="utf-8")
    with pytest.raises(NotReadable, match="not UTF-8"):
        list(read_rows(stream, ("user",)))


SECRETS = [
    URI,
    URI.partition("=")[2],
    '{"enckey": 1}',
    "$2b$04$abc",
    "scrypt:1024:8:1$abc$0123",
    "pbkdf2_sha256$600000$abc$0123",
]


@given(st.text())
def test_a_user_in_a_report_is_one_line(user: str) -> None:
    shown = shown_user(user)
    assert shown.isprintable()
    assert len(shown) <= 61


@pytest.mark.requirement("LOG-4")
@pytest.mark.parametrize("secret", SECRETS)
def test_columns_that_were_confused_print_no_secret(secret: str) -> None:
    assert secret not in shown_user(secret)
