"""Which user names and e-mail addresses the site accepts, and when two of them are the same."""

import re
import unicodedata

from vestibule import Text

LONGEST_NAME = 80
LONGEST_EMAIL = 254
"""Characters that fit into an SMTP path (RFC 5321 section 4.5.3.1.3)."""

LONGEST_LOCAL_PART = 64

# Nothing is drawn for these, though Unicode files them as letters, marks or symbols: two names
# could look alike. (What `str.isprintable` refuses, bidirectional controls too, is not repeated.)
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0100-\U000e01ef]"
)
_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
# Dots stand only between atoms (RFC 5322 section 3.2.3): mail programs fail over others.
_ATOM = r'[^\s@<>()\[\],;:\\".]+'
# No "=?": programs take what begins so for an encoded word (RFC 2047), and read another address.
_EMAIL = re.compile(rf"(?!.*=\?){_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+{_LABEL}")


def user_name_problem(name: str) -> Text | None:
    """Why this cannot be a user name, as a sentence; None if it can.

    No ``@``, in whatever width: what has one is read as an e-mail address at sign-in (P8).
    """
    if not name.strip():
        return Text("Enter a user name.")
    key = name_key(name)
    if max(len(name), len(key)) > LONGEST_NAME:
        return Text(
            "This user name is too long. The most is %(most)s characters.", most=LONGEST_NAME
        )
    if "@" in key:
        return Text("A user name cannot contain @. Your e-mail address has a field of its own.")
    if not _is_visible(name):
        return Text("This user name has a character that cannot be seen. Leave it out.")
    if name != name.strip():
        return Text("A user name cannot begin or end with a space.")
    return None


def name_key(name: str) -> str:
    """The form under which a name is unique and found: case, width and outer spaces ignored.

    NFKC_Casefold (Unicode, D146), so that no two spellings that readers take for one are two.
    Empty, the key of nobody, for what no database can hold or is too long to be anybody's:
    normalising takes quadratic time, and anybody may type at the sign-in.
    """
    if len(name) > LONGEST_EMAIL:
        return ""
    folded = unicodedata.normalize("NFD", name).casefold()
    folded = unicodedata.normalize("NFKC", folded).casefold()
    key = " ".join(unicodedata.normalize("NFKC", folded).split())
    return key if key.isprintable() else ""


def email_problem(text: str) -> Text | None:
    """Why this cannot be an e-mail address, as a sentence; None if it can.

    Only the shape is judged. Whether mail arrives there, only a mail can tell.
    """
    if not text.strip():
        return Text("Enter your e-mail address.")
    local_part = text.partition("@")[0]
    if max(len(text), len(email_key(text))) > LONGEST_EMAIL or len(local_part) > LONGEST_LOCAL_PART:
        return Text("This e-mail address is too long.")
    if not (_EMAIL.fullmatch(text) and _is_visible(text)):
        return Text("Enter an e-mail address like name@example.org.")
    return None


def email_key(text: str) -> str:
    """The form under which an address is found: case and outer spaces ignored."""
    return name_key(text)


def _is_visible(text: str) -> bool:
    return text.isprintable() and not _INVISIBLE.search(text)
