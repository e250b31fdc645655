"""The published test vectors, read by the library we rely on and by our own comparison."""

import base64
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pyotp
import pytest

from vestibule.authenticators.values import Match, match

ASCII_KEY = b"12345678901234567890"
SECRET = base64.b32encode(ASCII_KEY).decode()

# RFC 4226, appendix D
HOTP_CODES = [
    "755224", "287082", "359152", "969429", "338314",
    "254676", "287922", "162583", "399871", "520489",
]  # fmt: skip

# RFC 6238, appendix B: time, code under SHA-1, SHA-256, SHA-512
TOTP_CODES = [
    (59, "94287082", "46119246", "90693936"),
    (1111111109, "07081804", "68084774", "25091201"),
    (1111111111, "14050471", "67062674", "99943326"),
    (1234567890, "89005924", "91819424", "93441116"),
    (2000000000, "69279037", "90698825", "38618901"),
    (20000000000, "65353130", "77737706", "47863826"),
]

# The appendix repeats the ASCII digits until they fill the hash (errata 2866).
ALGORITHMS: list[tuple[int, Callable[..., Any], int]] = [
    (1, hashlib.sha1, 20),
    (2, hashlib.sha256, 32),
    (3, hashlib.sha512, 64),
]


def moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@pytest.mark.requirement("TOTP-1")
@pytest.mark.parametrize(("counter", "code"), list(enumerate(HOTP_CODES)))
def test_rfc_4226_appendix_d(counter: int, code: str) -> None:
    assert pyotp.HOTP(SECRET).at(counter) == code
    # A step of TOTP is a counter of HOTP: the second half of the period counts as the first.
    assert match(SECRET, code, moment(counter * 30), 0) == Match(counter, 0)
    assert match(SECRET, code, moment(counter * 30 + 29), 0) == Match(counter, 0)


@pytest.mark.requirement("TOTP-1")
@pytest.mark.parametrize(
    ("column", "digest", "length"), ALGORITHMS, ids=["sha1", "sha256", "sha512"]
)
@pytest.mark.parametrize("row", TOTP_CODES, ids=lambda row: str(row[0]))
def test_rfc_6238_appendix_b(
    row: tuple[Any, ...], column: int, digest: Callable[..., Any], length: int
) -> None:
    key = (ASCII_KEY * 4)[:length]
    totp = pyotp.TOTP(base64.b32encode(key).decode(), digits=8, digest=digest)
    assert totp.at(row[0]) == row[column]


@pytest.mark.requirement("TOTP-1")
@pytest.mark.parametrize(("seconds", "code"), [row[:2] for row in TOTP_CODES])
def test_our_comparison_takes_the_last_six_digits_of_the_sha1_vectors(
    seconds: int, code: str
) -> None:
    # Six digits are the same number modulo 10^6 (RFC 4226 section 5.3).
    assert match(SECRET, code[-6:], moment(seconds), 0) == Match(seconds // 30, 0)


@pytest.mark.requirement("TOTP-1")
def test_the_step_goes_on_where_32_bit_seconds_end() -> None:
    last_before = 2**31 - 1  # 19 January 2038
    for seconds in (last_before, last_before + 1, 2**32, 20_000_000_000):
        code = pyotp.TOTP(SECRET).at(seconds)
        assert match(SECRET, code, moment(seconds), 0) == Match(seconds // 30, 0)
