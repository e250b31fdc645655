"""Which passwords the site accepts: long enough, and not among those that everybody tries.

No rule about kinds of characters and no expiry (PW-5, PW-14): NIST SP 800-63B-4 section 3.1.1.2.
"""

import functools
import unicodedata
from collections.abc import Sequence

from zxcvbn.frequency_lists import FREQUENCY_LISTS

from vestibule import Text
from vestibule.ready_site.context_words import made_of

MINIMUM_ALONE = 15
"""Characters where the password may be the only step (PW-1)."""

MINIMUM_WITH_SECOND_STEP = 8
"""Characters where every account has a second step (PW-1)."""

MAXIMUM = 1000
"""Characters. More are refused before any hashing, never cut (PW-4)."""


def normalise(password: str) -> str:
    """The password as it is hashed and verified: NFC (PW-7), otherwise as typed (PW-3).

    One of more than :data:`MAXIMUM` characters stays as it is; nobody has it, and normalising
    takes quadratic time.
    """
    return unicodedata.normalize("NFC", password) if len(password) <= MAXIMUM else password


def problem(password: str, *, minimum: int, context: Sequence[str]) -> Text | None:
    """Why this password is refused, as sentences for the form; None if it is accepted.

    ``context`` holds the site's name and host, the user name and the e-mail address: a password
    made of nothing else is the first that somebody tries (PW-10). Only whole passwords are
    compared, so a long phrase may contain anything (PW-9).
    """
    if not password:
        return Text("Enter a password.")
    password = normalise(password)
    length = len(password)
    if length > MAXIMUM:
        return Text(
            "This password has %(length)s characters. The most is %(most)s.",
            length=f"{length:,}",
            most=f"{MAXIMUM:,}",
        )
    if any(one == "\0" or unicodedata.category(one) == "Cs" for one in password):
        return Text("This password has a character that cannot be typed again. Leave it out.")
    if length < minimum:
        return Text.counted(
            "This password has %(count)s character; it needs %(minimum)s or more. "
            "A few words that nobody else would put together make a good one.",
            "This password has %(count)s characters; it needs %(minimum)s or more. "
            "A few words that nobody else would put together make a good one.",
            length,
            minimum=minimum,
        )
    if password.casefold() in common_passwords():
        return Text(
            "This password is on a list of commonly used passwords. "
            "A few words that nobody else would put together make a good one."
        )
    if made_of(password, context):
        return Text(
            "This password is made of the site's name, your user name or your e-mail address. "
            "A few words that nobody else would put together make a good one."
        )
    return None


@functools.cache
def common_passwords() -> frozenset[str]:
    """What is tried first everywhere: leaked passwords, words, names and titles (PW-8)."""
    return frozenset(
        word.casefold()
        for words in FREQUENCY_LISTS.values()
        for word in words
        if len(word) >= MINIMUM_WITH_SECOND_STEP
    )
