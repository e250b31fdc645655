"""Where a sign-in may lead."""

import re
import unicodedata
from urllib.parse import unquote

LONGEST_NEXT = 2000
"""Characters; browsers and proxies stop at about so many, and the address waits in a row."""

# Control characters (browsers drop some before they read an address), halves of surrogate pairs and
# line separators.
_NEVER = frozenset({"Cc", "Cs", "Zl", "Zp"})
_ENCODED_TWICE = 2


def safe_next(target: str | None) -> str | None:
    """The target if it is a path on this site, else None (FLOW-7, L31).

    Two slashes in a row, backslashes and control characters in the path are refused however they
    are written: something between us and the browser may decode or tidy the address.
    """
    if not target or len(target) > LONGEST_NEXT or not target.startswith("/"):
        return None
    if "\\" in target or any(unicodedata.category(one) in _NEVER for one in target):
        return None
    path = re.split("[?#]", target, maxsplit=1)[0]
    for _ in range(1 + _ENCODED_TWICE):
        if "//" in path or "\\" in path or any(unicodedata.category(one) in _NEVER for one in path):
            return None
        path = unquote(path)
    return target
