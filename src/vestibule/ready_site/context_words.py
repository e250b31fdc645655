"""Passwords made of what anybody knows of an account: the site's name, the user's, the e-mail."""

import re
import unicodedata
from collections.abc import Sequence

LONGEST_CONTEXT = 254
"""Characters of an e-mail address; what is longer names nobody, and would take long to compare."""

MOST_DIGITS = 8
"""Digits beside the words that still count as decoration: a year, a date of birth."""


def made_of(password: str, context: Sequence[str]) -> bool:
    """Whether the whole password is context words, repeated and mixed, with a few digits.

    Case and punctuation do not matter: ``AcmeAcme-2026!`` is made of ``acme``. Addresses and names
    are taken whole and in their parts.
    """
    letters = _plain(password)
    words = _words(context)
    # A password of digits alone is decoration only where the digits are somebody's name.
    spare = 0 if letters.isdecimal() else MOST_DIGITS
    return bool(letters) and _digits_left_over(letters, words) <= spare


def _words(context: Sequence[str]) -> frozenset[str]:
    short = (text for text in context if len(text) <= LONGEST_CONTEXT)
    parts = (part for text in short for part in (text, *re.split(r"[\W_]+", text)))
    return frozenset(_plain(part) for part in parts)


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(one for one in folded if one.isalnum())


def _digits_left_over(text: str, words: frozenset[str]) -> float:
    """The fewest digits that remain when the text is cut into words and single digits.

    Infinite where it cannot be cut so. One pass from left to right: a pattern with choices would
    take forever on names like ``aaa``.
    """
    fewest = [0.0] + [float("inf")] * len(text)
    for end in range(1, len(text) + 1):
        if text[end - 1].isdecimal():
            fewest[end] = fewest[end - 1] + 1
        for word in words:
            if text.endswith(word, 0, end):
                fewest[end] = min(fewest[end], fewest[end - len(word)])
    return fewest[-1]
