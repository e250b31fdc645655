"""Secrets, codes and steps of TOTP (RFC 6238) as every app knows it: SHA-1, 6 digits, 30 s."""

import base64
import hmac
import secrets
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import pyotp

from vestibule.foundation.typed_text import without_separators
from vestibule.texts import Text

PERIOD = 30
"""Seconds that one code lasts."""

DIGITS = 6
SECRET_BYTES = 20
"""160 bits, the length of SHA-1's output, as RFC 4226 section 4 (R6) recommends."""

WIDEST_WINDOW = 1
"""Steps accepted to each side at most: RFC 6238 section 5.2 allows one for the delay on the way."""

LONGEST_NAME = 40
DEFAULT_NAME = Text("Phone")


class CodeProblem(StrEnum):
    """Why a text cannot be a code at all."""

    EMPTY = "empty"
    LENGTH = "length"
    LETTERS = "letters"


class MalformedCode(ValueError):
    """The text is no code; ``digits`` is how many digits it has."""

    def __init__(self, reason: CodeProblem, digits: int) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.digits = digits

    @property
    def sentence(self) -> Text:
        match self.reason:
            case CodeProblem.EMPTY:
                return Text("Enter the 6-digit code from your app.")
            case CodeProblem.LENGTH:
                return Text.counted(
                    "You entered %(count)s digit, the code has 6.",
                    "You entered %(count)s digits, the code has 6.",
                    self.digits,
                )
            case CodeProblem.LETTERS:
                return Text("The code has digits only.")


@dataclass(frozen=True)
class Match:
    """A code is right: at this step, which lies ``offset`` steps after the current one."""

    step: int
    offset: int


def new_secret() -> str:
    """A secret of 160 random bits in base32: 32 letters, no padding (TOTP-2, URI-3)."""
    return base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode("ascii")


def read_code(text: str) -> str:
    """The six digits in what somebody typed; leading zeros stay (TOTP-12).

    Spaces, dashes and invisible characters are left out, full-width digits are read. Raises
    :class:`MalformedCode`; digits of other scripts are refused, as no app shows them.
    """
    typed = without_separators(text)
    digits = sum(one.isascii() and one.isdigit() for one in typed)
    if not typed:
        raise MalformedCode(CodeProblem.EMPTY, 0)
    if digits != len(typed):
        raise MalformedCode(CodeProblem.LETTERS, digits)
    if digits != DIGITS:
        raise MalformedCode(CodeProblem.LENGTH, digits)
    return typed


def match(secret: str, code: str, at: datetime, window: int) -> Match | None:
    """Compare a code with those of the current step and ``window`` steps to each side.

    The nearest step wins, the earlier one first. At most three codes are valid at one instant
    (L50): a window over 1 is a ``ValueError``.
    """
    if not 0 <= window <= WIDEST_WINDOW:
        raise ValueError(f"A window of {window} steps is not allowed; at most {WIDEST_WINDOW} is.")
    offsets = (0, *(sign * steps for steps in range(1, window + 1) for sign in (-1, 1)))
    return first_match(secret, code, at, offsets)


def first_match(secret: str, code: str, at: datetime, offsets: Iterable[int]) -> Match | None:
    """The first of these offsets, in steps from ``at``, whose code is this one."""
    totp = pyotp.TOTP(secret, digits=DIGITS, interval=PERIOD)
    now = step_at(at)
    typed = code.encode("utf-8", "surrogatepass")
    for offset in offsets:
        step = now + offset
        # Steps before 1970 do not exist (RFC 6238 counts from 0).
        if step >= 0 and hmac.compare_digest(totp.generate_otp(step).encode(), typed):
            return Match(step, offset)
    return None


def step_at(at: datetime) -> int:
    """The number of the step at this time: whole periods since 1970 (RFC 6238 section 4.2)."""
    return _seconds(at) // PERIOD


def next_code_in(at: datetime) -> int:
    """Seconds until the next step begins, 1 to 30."""
    return PERIOD - _seconds(at) % PERIOD


def _seconds(at: datetime) -> int:
    if at.tzinfo is None:
        raise ValueError("A time without a zone could mean any step; give it one.")
    return int(at.timestamp())


def clean_name(text: str) -> str:
    """An authenticator's name as it is kept: spaces tidied, "Phone" where nothing was typed."""
    name = " ".join(text.split()) or DEFAULT_NAME
    # Normalising takes quadratic time: what is too long by far is left to be refused as it is.
    return unicodedata.normalize("NFC", name) if len(name) <= 4 * LONGEST_NAME else name


def name_problem(text: str) -> Text | None:
    """Why this cannot be an authenticator's name, as a sentence; None if it can."""
    name = clean_name(text)
    if len(name) > LONGEST_NAME:
        return Text(
            "The name has %(count)s characters, at most %(most)s are possible.",
            count=len(name),
            most=LONGEST_NAME,
        )
    if not name.isprintable():
        return Text("The name has a character that cannot be shown. Type it again without.")
    return None
