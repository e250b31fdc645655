"""Helpers for the tests of an application with Vestibule; they refuse to work anywhere else.

With pytest there is nothing to import for the fixtures: ``vestibule_clock``,
``vestibule_cheap_hashes`` and ``vestibule_database`` come with the package.
"""

from vestibule.testing.authenticators import AuthenticatorApp, authenticator
from vestibule.testing.clock import MovableClock, movable_clock
from vestibule.testing.databases import temporary_database
from vestibule.testing.hashes import cheap_hashes
from vestibule.testing.pages import csrf_token_of
from vestibule.testing.signing_in import signed_in

__all__ = [
    "AuthenticatorApp",
    "MovableClock",
    "authenticator",
    "cheap_hashes",
    "csrf_token_of",
    "movable_clock",
    "signed_in",
    "temporary_database",
]
