"""What people type or paste where only letters and digits matter."""

import unicodedata

_FULL_WIDTH = {0xFF01 + place: 0x21 + place for place in range(94)}
# Blanks, dashes, control and format characters: what mails, phones and bidirectional text leave
# between the characters of a code.
_SEPARATORS = frozenset({"Zs", "Zl", "Zp", "Pd", "Cc", "Cf"})
# Dashes and blanks that Unicode files elsewhere: minus signs, Hangul fillers, the braille blank.
_MORE_SEPARATORS = frozenset("\u2212\u207b\u208b\u115f\u1160\u3164\uffa0\u2800\u034f\ufe0e\ufe0f")


def without_separators(text: str) -> str:
    """The text without spaces, dashes and invisible characters, full-width forms as ASCII.

    For codes only: nothing of a password may ever be left out (PW-3).
    """
    return "".join(
        one
        for one in text.translate(_FULL_WIDTH)
        if one not in _MORE_SEPARATORS and unicodedata.category(one) not in _SEPARATORS
    )
