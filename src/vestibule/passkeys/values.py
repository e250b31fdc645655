"""What is asked of passkeys, as pure rules; signatures are verified by the ``webauthn`` package."""

from datetime import timedelta
from enum import StrEnum
from functools import cache
from importlib.util import find_spec
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

from vestibule.settings import Settings

CHALLENGE_LIFETIME = timedelta(minutes=5)
"""How long an answer to a challenge counts; browsers ask no longer (WA-1)."""

CHALLENGE_BYTES = 32
HANDLE_BYTES = 64
LONGEST_CREDENTIAL_ID = 1023  # WA-5
LONGEST_ANSWER = 16 * 1024
"""Characters; with every attestation that we do not ask for it stays below."""

MOST_PASSKEYS = 10
ALGORITHMS = (-8, -7, -257)
"""EdDSA, ECDSA with SHA-256, RSA with SHA-256: those that are offered, and no other (WA-4)."""


class Purpose(StrEnum):
    """What a challenge was made for; an answer counts for nothing else."""

    REGISTER = "register"
    SIGN_IN = "sign-in"
    """Without a password: the passkey stands for both steps."""
    SECOND_STEP = "second-step"
    CONFIRM = "confirm"


class Why(StrEnum):
    """Why an answer was refused, as the audit log has it."""

    UNREADABLE = "unreadable"
    CHALLENGE = "challenge"
    """Not ours, too old, used, made for something else or for another browser."""
    UNKNOWN = "unknown"
    ANOTHERS = "another's"
    NOT_VERIFIED = "not verified"
    ELSEWHERE = "elsewhere"
    """Made in a frame of another site."""
    NO_USER_VERIFICATION = "no user verification"
    BACKUP = "backup"
    COUNTER = "counter"
    PASSWORD_FIRST = "password first"  # noqa: S105 - a reason, not a secret
    NO_USER = "no user"
    TAKEN = "taken"


class PasskeyRefused(Exception):
    """The answer of a browser or passkey does not count; nothing was changed by it."""

    def __init__(self, why: Why) -> None:
        super().__init__(why.value)
        self.why = why


class TooManyPasskeys(Exception):
    """The account has as many passkeys as it may have."""


class RelyingParty(NamedTuple):
    """The site as browsers and passkeys know it; from the configuration, never from a request."""

    id: str
    origin: str


def relying_party(settings: Settings) -> RelyingParty | None:
    """The site's own name for passkeys; None where they are switched off, or cannot work.

    They need https, or this very machine: there the name is ``localhost``, since browsers refuse an
    address in digits.
    """
    if not settings.passkeys or why_not(settings.base_url):
        return None
    return _party_at(settings.base_url)


@cache
def _party_at(base_url: str) -> RelyingParty:
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    # As browsers have it: names of other letters in ASCII.
    host = "localhost" if _is_loopback(host) else host.encode("idna").decode()
    port = f":{parts.port}" if parts.port and parts.port != _PORTS[parts.scheme] else ""
    return RelyingParty(host, f"{parts.scheme}://{host}{port}")


_PORTS = {"http": 80, "https": 443}


@cache
def why_not(base_url: str) -> str:
    """Why no passkeys can be offered at this address, in a sentence for the operator; or ""."""
    if find_spec("webauthn") is None:
        return "The package is missing: pip install 'vestibule[passkeys]'."
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    if not host or parts.scheme not in _PORTS:
        return "They belong to an address: set VESTIBULE_BASE_URL."
    if _is_loopback(host) or host == "localhost":
        return ""
    if parts.scheme != "https":
        return "Browsers offer them over https only (and on localhost)."
    try:
        ip_address(host)
    except ValueError:
        return _what_is_wrong(host)
    return "Browsers want a name for them, and VESTIBULE_BASE_URL has an address in digits."


def _what_is_wrong(host: str) -> str:
    try:
        name = host.encode("idna")
        # Browsers read some letters otherwise, such as the German sharp s: to them it is another
        # name, and perhaps somebody else's.
        is_certain = name.decode("idna") == host or name.decode() == host
    except UnicodeError:
        name, is_certain = b"", True
    if not name:
        return "VESTIBULE_BASE_URL names no host."
    return "" if is_certain else "Write VESTIBULE_BASE_URL in ASCII, as xn--…: its name is unclear."


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def counter_went_back(stored: int, shown: int) -> bool:
    """Whether a passkey that counts its uses shows no more than it did before (WA-7): there may be
    two of it. Those that do not count always show 0.
    """
    return (stored > 0 or shown > 0) and shown <= stored
