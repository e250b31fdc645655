"""Secrets that another program made: what we take of them, and why not the rest."""

import base64
import binascii
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from vestibule.authenticators.values import DIGITS, PERIOD, SECRET_BYTES

FEWEST_BYTES = 16
"""128 bits: a shorter secret is refused (TOTP-2, RFC 4226 section 4, R6)."""

MOST_BYTES = 64


class Unusable(ValueError):
    """Why a secret cannot be taken over, as a sentence that does not hold it."""


@dataclass(frozen=True)
class ForeignSecret:
    """A secret in base32 without padding, as all of ours are."""

    text: str = field(repr=False)  # a traceback must not show it (P10)
    is_short: bool = False
    """Between 128 bits, the least that is taken, and the 160 that a new one has."""


def read_secret(text: str) -> ForeignSecret:
    """A base32 text, however it is spaced and padded. Raises :class:`Unusable`."""
    letters = "".join(text.split()).replace("-", "").rstrip("=").upper()
    try:
        raw = base64.b32decode(letters + "=" * (-len(letters) % 8))
    except (binascii.Error, ValueError):
        raise Unusable("The secret is not base32.") from None
    if len(raw) < FEWEST_BYTES:
        raise Unusable(
            f"The secret has {8 * len(raw)} bits, fewer than {8 * FEWEST_BYTES}: "
            "the person sets up a new one."
        )
    if len(raw) > MOST_BYTES:
        raise Unusable(f"The secret has more than {8 * MOST_BYTES} bits.")
    # One spelling for one secret: whether it is there already is told by its text.
    return ForeignSecret(base64.b32encode(raw).decode().rstrip("="), len(raw) < SECRET_BYTES)


def read_uri(text: str) -> ForeignSecret:
    """The secret of an ``otpauth:`` address of the Key URI format. Raises :class:`Unusable`."""
    try:
        uri = urlsplit(text.strip())
        given = parse_qs(uri.query, max_num_fields=20)
    except ValueError:
        raise Unusable("This is no otpauth: address.") from None
    if uri.scheme != "otpauth":
        raise Unusable("This is no otpauth: address.")
    if uri.netloc.lower() != "totp":
        raise Unusable("Only authenticators that follow the time (totp) are taken.")
    if any(len(values) > 1 for values in given.values()) or "secret" not in given:
        raise Unusable("The otpauth: address has no secret, or something twice.")
    single = {name: values[0] for name, values in given.items()}
    check_parameters(
        single.get("algorithm", "SHA1"),
        single.get("digits", str(DIGITS)),
        single.get("period", str(PERIOD)),
    )
    return read_secret(single["secret"])


def check_parameters(algorithm: object, digits: object, period: object) -> None:
    """Raises :class:`Unusable` for codes of another kind than those that we verify."""
    name = str(algorithm).upper().replace("-", "").removeprefix("HMAC")
    if (name, str(digits), str(period)) != ("SHA1", str(DIGITS), str(PERIOD)):
        raise Unusable(
            f"Only SHA-1, {DIGITS} digits and {PERIOD} seconds are verified: "
            "the person sets up a new one."
        )
