"""Which secrets of other programs are taken."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vestibule.authenticators.enrolment_uri import grouped, provisioning_uri
from vestibule.authenticators.foreign_secrets import ForeignSecret, Unusable, read_secret, read_uri
from vestibule.authenticators.values import new_secret

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@given(st.binary(min_size=16, max_size=64))
def test_every_spelling_of_a_secret_is_one_text(raw: bytes) -> None:
    padded = base64.b32encode(raw).decode()
    plain = padded.rstrip("=")
    for spelling in (padded, plain.lower(), grouped(plain), f" {plain}\n", grouped(padded)):
        found = read_secret(spelling)
        assert found.text == plain
        assert found.is_short == (len(raw) < 20)
        assert plain not in repr(found)
    # It gives the codes that it gave.
    assert pyotp.TOTP(plain).at(0) == pyotp.TOTP(read_secret(plain).text).at(0)


@pytest.mark.requirement("TOTP-2")
@given(st.binary(max_size=15))
def test_fewer_than_128_bits_are_refused(raw: bytes) -> None:
    with pytest.raises(Unusable, match="fewer than 128"):
        read_secret(base64.b32encode(raw).decode())


@given(st.text())
def test_any_text_is_a_secret_or_refused_without_being_repeated(text: str) -> None:
    for read in (read_secret, read_uri):
        refusal = refused(read, text)
        assert len(text) < 8 or text not in refusal


def refused(read: Callable[[str], ForeignSecret], text: str) -> str:
    try:
        read(text)
    except Unusable as refusal:
        return str(refusal)
    return ""


def test_our_own_addresses_are_read_back() -> None:
    secret = new_secret()
    assert read_uri(provisioning_uri(secret, "ann smith@example.org", "Acme & Co")).text == secret
    assert (
        read_uri(pyotp.TOTP(secret).provisioning_uri(name="ann", issuer_name="Acme")).text == secret
    )


@pytest.mark.parametrize("given", ["&algorithm=SHA1", "&algorithm=HMAC-SHA-1&digits=6&period=30"])
def test_the_usual_parameters_may_be_named(given: str) -> None:
    assert read_uri(f"otpauth://totp/Acme:ann?secret={SECRET}{given}").text == SECRET


@pytest.mark.parametrize(
    ("uri", "why"),
    [
        (f"otpauth://totp/a?secret={SECRET}&algorithm=SHA256", "Only SHA-1"),
        (f"otpauth://totp/a?secret={SECRET}&digits=8", "6 digits"),
        (f"otpauth://totp/a?secret={SECRET}&period=60", "30 seconds"),
        (f"otpauth://hotp/a?secret={SECRET}&counter=1", "follow the time"),
        (f"https://example.org/?secret={SECRET}", "no otpauth"),
        (f"otpauth://totp/a?secret={SECRET}&secret={SECRET}", "something twice"),
        ("otpauth://totp/a?issuer=Acme", "no secret"),
        ("otpauth://totp/a", "no secret"),
        ("otpauth://[totp/a?secret=A", "no otpauth"),
        ("otpauth://totp/a?secret=not%20base32!", "not base32"),
        ("otpauth://totp/a?secret=" + "A" * 200, "more than 512"),
    ],
)
def test_what_we_do_not_verify_is_refused_in_words(uri: str, why: str) -> None:
    with pytest.raises(Unusable, match=why) as refusal:
        read_uri(uri)
    assert SECRET not in str(refusal.value)
