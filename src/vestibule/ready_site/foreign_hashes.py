"""Comparing a password with the hash of another program, until today's takes its place."""

import logging
from importlib.util import find_spec

from werkzeug.security import check_password_hash

from vestibule import PasswordTry
from vestibule.ready_site.hash_schemes import Scheme, scheme_of
from vestibule.ready_site.password_rules import normalise

log = logging.getLogger(__name__)

_BCRYPT_BYTES = 72
"""All that bcrypt ever reads of a password."""


def compare(attempt: PasswordTry, stored: str | None, password: str, account: str) -> bool:
    """Whether the password is right, whatever made its hash; costs one hash for None too.

    Another program hashed what was typed as it was, we its normal form: where these differ both
    are compared, for every account alike. ``account`` stands in the log if the hash is unreadable.
    """
    spellings = tuple(dict.fromkeys((normalise(password), password)))
    scheme = scheme_of(stored) if stored is not None else None
    if stored is not None and not can_verify(scheme):
        log.error("the password hash of account %s is of no kind that can be verified", account)
        stored = None
    if stored is not None and scheme is not Scheme.ARGON2:
        if any(_is_right(scheme, stored, spelling) for spelling in spellings):
            attempt.passed()
            attempt.needs_rehash = True
        return attempt.right
    return any(attempt.check(stored, spelling) for spelling in spellings)


def can_verify(scheme: Scheme | None) -> bool:
    """Whether hashes of this scheme can be verified here: bcrypt is an extra."""
    return scheme is not None and (scheme is not Scheme.BCRYPT or find_spec("bcrypt") is not None)


def _is_right(scheme: Scheme | None, stored: str, password: str) -> bool:
    try:
        if scheme is Scheme.BCRYPT:
            return _is_right_for_bcrypt(stored, password.encode())
        return check_password_hash(stored, password)
    except (ValueError, OverflowError, MemoryError):
        # A text that only looks like a hash, or lone surrogates: nobody's password.
        return False


def _is_right_for_bcrypt(stored: str, password: bytes) -> bool:
    import bcrypt

    return bcrypt.checkpw(password[:_BCRYPT_BYTES], stored.encode())
