"""Whether a password was seen in a breach, asked without telling which one it is.

The range interface of Pwned Passwords: the first five of the 40 digits of the password's SHA-1 go
out, and the rest of every hash that begins so comes back, each with how often it was seen. Padding
(``Add-Padding``) hides from the network how many there are; padded lines have a count of 0.
"""

import hashlib
import http.client
import logging
import re
import socket
import ssl
import threading
from contextlib import suppress
from functools import cache
from urllib.parse import urlsplit

from flask import current_app

from vestibule import EventKind
from vestibule.ready_site.budgets import BREACHES_ASKED
from vestibule.ready_site.extensions import vestibule
from vestibule.ready_site.password_rules import normalise
from vestibule.ready_site.transactions import transaction

log = logging.getLogger(__name__)

TIMEOUT = 1.0
"""Seconds, for all of it: somebody waits (L55)."""

MOST_BYTES = 256 * 1024
"""Of an answer. A padded one has about 1,000 lines of 40 characters."""

_AT_ONCE = threading.BoundedSemaphore(8)
_LINE = re.compile(r"([0-9A-F]{35}):([0-9]{1,15})", re.IGNORECASE)


class SeenInBreach(Exception):
    """The password is among those that attackers try first: it was seen in a breach."""


class NoAnswer(Exception):
    """The list was not asked, or what came back is no answer."""


def refuse_breached(password: str) -> None:
    """Ask the configured list, if there is one. Raises :class:`SeenInBreach`, ``TooManyTries``.

    Not within a transaction or a hashing slot. Without an answer the password passes: the list
    beside the code was asked already, and an event tells the operator.
    """
    url = current_app.config["BREACHED_PASSWORDS"]
    if not url:
        return
    vestibule.spend((BREACHES_ASKED, None))
    try:
        seen = was_seen(url, normalise(password))
    except NoAnswer as error:
        log.warning("passwords seen in breaches were not asked for: %s", error)
        with transaction() as connection:
            vestibule.record(EventKind.BREACHES_NOT_ASKED, None, connection=connection)
        return
    if seen:
        raise SeenInBreach


def was_seen(url: str, password: str) -> bool:
    """Whether the list at ``url`` has this whole password. Raises :class:`NoAnswer`."""
    digest = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()
    prefix, rest = digest[:5], digest[5:]
    if not _AT_ONCE.acquire(blocking=False):
        raise NoAnswer("too many are being asked for")
    asking = _Asking(f"{url.rstrip('/')}/{prefix}")
    asking.start()
    # Looking up a name can outlast every timeout of a socket: the waiting has its own end.
    asking.join(TIMEOUT)
    if asking.is_alive():
        asking.hang_up()
        raise NoAnswer(f"no whole answer within {TIMEOUT:g} s")
    if asking.body is None:
        raise NoAnswer(asking.trouble)
    return _counts(asking.body).get(rest, 0) > 0


def _counts(body: bytes) -> dict[str, int]:
    lines = [_LINE.fullmatch(line) for line in body.decode("latin-1").split()]
    if not lines or None in lines:
        raise NoAnswer("the answer is no list of hashes")
    return {line[1].upper(): int(line[2]) for line in lines if line}


class _Asking(threading.Thread):
    """One request on a thread of its own, which can be left behind."""

    def __init__(self, address: str) -> None:
        super().__init__(name="breached-passwords", daemon=True)
        parts = urlsplit(address)
        self._path = parts.path + (f"?{parts.query}" if parts.query else "")
        host = parts.hostname or ""
        self._connection = (
            http.client.HTTPSConnection(host, parts.port, timeout=TIMEOUT, context=_trust())
            if parts.scheme == "https"
            else http.client.HTTPConnection(host, parts.port, timeout=TIMEOUT)
        )
        self.body: bytes | None = None
        self.trouble = ""

    def run(self) -> None:
        try:
            self.body = self._ask()
        except (OSError, http.client.HTTPException, ValueError, NoAnswer) as error:
            # Never what was asked for: the address has a part of the password's hash (P10).
            self.trouble = str(error) if isinstance(error, NoAnswer) else type(error).__name__
        finally:
            self._connection.close()
            _AT_ONCE.release()

    def hang_up(self) -> None:
        """End it from outside, also where every byte comes just in time."""
        line = self._connection.sock
        if line is not None:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def _ask(self) -> bytes:
        headers = {"Add-Padding": "true", "User-Agent": "Vestibule"}
        self._connection.request("GET", self._path, headers=headers)
        answer = self._connection.getresponse()
        # A redirect is no answer either: it would carry the question to anybody.
        if answer.status != 200:
            raise NoAnswer(f"status {answer.status}")
        body = answer.read(MOST_BYTES + 1)
        if len(body) > MOST_BYTES:
            raise NoAnswer("the answer is too long")
        if answer.length:
            raise NoAnswer("the answer was cut short")
        return body


@cache
def _trust() -> ssl.SSLContext:
    """Made once: reading the authorities' certificates takes a while."""
    return ssl.create_default_context()
