"""What a backup code is, how one is read, and the sheet that people keep."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from vestibule.foundation.typed_text import without_separators
from vestibule.texts import Text

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base32: no I, L, O (read as 1 and 0) and no U."""

SELECTOR_LENGTH = 3
"""Kept readable in the database, so that one try costs one hash; not counted in the bits."""

SECRET_LENGTH = 13
"""13 symbols of 5 bits: 65 bits, above the 64 of BC-1."""

LENGTH = SELECTOR_LENGTH + SECRET_LENGTH
_LOOK_ALIKES = str.maketrans("OIL", "011")


@dataclass(frozen=True)
class BackupCode:
    """One code: the clear part that finds its row, and the part that only its owner knows."""

    selector: str
    secret: str

    @property
    def shown(self) -> str:
        """As people see it: groups of four, ``7QK2-M4XB-0V9T-HZ3C``."""
        return "-".join(re.findall("....", self.selector + self.secret))

    def __repr__(self) -> str:
        # A code that reaches a log or a traceback must not be usable (P10).
        return f"BackupCode(selector={self.selector!r})"


class MalformedBackupCode(ValueError):
    """The text is no backup code; ``sentence`` says why."""

    def __init__(self, sentence: Text) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def new_set(count: int) -> tuple[BackupCode, ...]:
    """That many new codes, no selector twice; ``ValueError`` for more than there are selectors."""
    selectors = secrets.SystemRandom().sample(range(len(ALPHABET) ** SELECTOR_LENGTH), count)
    return tuple(BackupCode(_selector(number), _random_secret()) for number in selectors)


def _selector(number: int) -> str:
    base = len(ALPHABET)
    return "".join(ALPHABET[number // base**place % base] for place in range(SELECTOR_LENGTH))


def _random_secret() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(SECRET_LENGTH))


def read_backup_code(text: str) -> BackupCode:
    """The code in what somebody typed (BC-9). Raises :class:`MalformedBackupCode`.

    Case, spaces, dashes and invisible characters do not matter; O is read as 0, I and L as 1.
    """
    typed = without_separators(text)
    if not typed:
        raise MalformedBackupCode(Text("Enter one of your backup codes."))
    # Only ASCII is made upper case: elsewhere that turns one letter into another, or into two.
    code = typed.upper().translate(_LOOK_ALIKES) if typed.isascii() else typed
    if not set(code) <= set(ALPHABET):
        raise MalformedBackupCode(
            Text(
                "A backup code has only digits and the letters A to Z without U. "
                "Check what you typed."
            )
        )
    if len(code) != LENGTH:
        raise MalformedBackupCode(
            Text.counted(
                "You entered %(count)s character, a backup code has %(length)s.",
                "You entered %(count)s characters, a backup code has %(length)s.",
                len(code),
                length=LENGTH,
            )
        )
    return BackupCode(code[:SELECTOR_LENGTH], code[SELECTOR_LENGTH:])


def sheet_head(
    site: str, account: str, made_on: str, set_number: int, address: str
) -> tuple[Text, ...]:
    """What the text file with the codes says of them, a line each."""
    return (
        Text("Backup codes for %(site)s", site=_one_line(site)),
        Text("Account: %(account)s", account=_one_line(account)),
        Text("Set %(number)s, made %(day)s (UTC)", number=set_number, day=made_on),
        Text("Sign in at: %(address)s", address=_one_line(address)),
        Text("Each code works once, in place of the code from your authenticator app."),
    )


def sheet(head: Sequence[str], codes: Sequence[BackupCode]) -> str:
    """The codes as a text file: a few lines that say what this is, then one code a line."""
    return "\n".join((*head, "", *(code.shown for code in codes), ""))


def _one_line(text: str) -> str:
    """Without line breaks and the like: a name may not write lines of its own."""
    return "".join(one if one.isprintable() else " " for one in text)
