"""How a stored password hash was made, read from its text alone."""

import re
from enum import StrEnum

LONGEST_HASH = 255

_BASE64 = r"[A-Za-z0-9+/]+"
_ARGON2 = re.compile(
    rf"\$argon2(?:id|i|d)\$(?:v=\d{{2}}\$)?m=(\d{{1,9}}),t=(\d{{1,9}}),p=(\d{{1,3}})"
    rf"\${_BASE64}\${_BASE64}"
)
_BCRYPT = re.compile(r"\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}")
_SCRYPT = re.compile(r"scrypt:(\d{1,9}):(\d{1,5}):(\d{1,5})\$[A-Za-z0-9]+\$[0-9a-f]{128}")
_PBKDF2 = re.compile(r"pbkdf2:sha(?:1|256|512):(\d{1,9})\$[A-Za-z0-9]+\$[0-9a-f]+")

# A hash costs whoever wants it computed one request, and us what its own text says: over these
# (about ten times what is usual today) a database of another's making could stop the site.
_MOST_KIB = 512 * 1024
_MOST_ROUNDS = 20
_MOST_LANES = 16
_MOST_BCRYPT = 15
_MOST_PBKDF2 = 10_000_000


class Scheme(StrEnum):
    ARGON2 = "argon2"
    BCRYPT = "bcrypt"
    WERKZEUG = "werkzeug"
    """``scrypt:`` or ``pbkdf2:``, as ``generate_password_hash`` of Werkzeug writes them."""


def scheme_of(stored: str) -> Scheme | None:
    """None for a text that is no hash of a kind that we verify, or one that costs too much."""
    if len(stored) > LONGEST_HASH:
        return None
    if found := _ARGON2.fullmatch(stored):
        kib, rounds, lanes = map(int, found.groups())
        fits = kib <= _MOST_KIB and 1 <= rounds <= _MOST_ROUNDS and 1 <= lanes <= _MOST_LANES
        return Scheme.ARGON2 if fits else None
    if found := _BCRYPT.fullmatch(stored):
        return Scheme.BCRYPT if 4 <= int(found[1]) <= _MOST_BCRYPT else None
    if found := _SCRYPT.fullmatch(stored):
        n, r, p = map(int, found.groups())
        # 128·n·r bytes of memory, p times.
        return Scheme.WERKZEUG if n * r * p <= _MOST_KIB * 8 else None
    if found := _PBKDF2.fullmatch(stored):
        return Scheme.WERKZEUG if 1 <= int(found[1]) <= _MOST_PBKDF2 else None
    return None
