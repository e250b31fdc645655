"""Where mails go: to a mail server, or into a folder."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urlsplit

from vestibule.notices.values import is_address
from vestibule.settings import Finding, Settings

# An application that starts asks only whether the address is one.
if TYPE_CHECKING:
    from email.message import EmailMessage
    from smtplib import SMTP

Post = Callable[["EmailMessage"], None]

TIMEOUT = 15.0
"""Seconds that each answer of the server is waited for."""
SCHEMES = {"smtp": 587, "smtps": 465, "smtp+plain": 25}
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class MailServer:
    """A server of ``smtp://`` (STARTTLS, never without), ``smtps://`` (TLS) or ``smtp+plain://``."""

    scheme: str
    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)

    @contextmanager
    def opened(self) -> Iterator[Post]:
        """One connection. Raises OSError and smtplib's own, which are some."""
        import smtplib
        import ssl

        context = ssl.create_default_context()
        if self.scheme == "smtps":
            server: SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=TIMEOUT, context=context)
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=TIMEOUT)
        try:
            if self.scheme == "smtp":
                server.starttls(context=context)
            if self.user:
                server.login(self.user, self.password)
            yield lambda mail: _posted(server, mail)
        finally:
            # A mail that the server took is sent, however it says good-bye.
            with suppress(OSError):
                server.quit()
            server.close()


def _posted(server: "SMTP", mail: "EmailMessage") -> None:
    server.send_message(mail)


class MailFolder(NamedTuple):
    """A folder of ``.eml`` files for any mail program; only their owner can read them."""

    path: Path

    @contextmanager
    def opened(self) -> Iterator[Post]:
        """Raises OSError."""
        yield self._write

    def _write(self, mail: "EmailMessage") -> None:
        from email.policy import SMTPUTF8

        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        stem = mail["Message-ID"].strip("<>").partition("@")[0]
        name = f"{mail['Date'].datetime:%Y%m%dT%H%M%S}-{stem}"
        draft = self.path / f".{name}.draft"
        draft.unlink(missing_ok=True)  # of somebody who was killed while writing
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(mail.as_bytes(policy=SMTPUTF8))
        draft.rename(self.path / f"{name}.eml")


Transport = MailServer | MailFolder


def transport_of(address: str) -> Transport | None:
    """The transport that ``VESTIBULE_MAIL`` names; None where it is empty. Raises ValueError."""
    if not address:
        return None
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        # urllib repeats what it took for a port: where a password has a "/", its beginning.
        raise ValueError(
            'its port is no number; in a password "/" is written %2F, "#" %23, "?" %3F, "@" %40'
        ) from None
    if parts.scheme == "file":
        from urllib.request import url2pathname

        return MailFolder(Path(url2pathname(parts.path)))
    if parts.scheme not in SCHEMES or not parts.hostname:
        raise ValueError("it is neither smtp://, smtps:// nor file://")
    if parts.scheme == "smtp+plain" and parts.hostname not in _LOOPBACK:
        raise ValueError("without TLS everybody on the way can read and change the mails")
    return MailServer(
        parts.scheme,
        parts.hostname,
        port or SCHEMES[parts.scheme],
        unquote(parts.username or ""),
        unquote(parts.password or ""),
    )


def findings_about(settings: Settings) -> list[Finding]:
    """What is wrong with the way of mails. The address itself is not repeated: it may hold a
    password.
    """
    found = []
    try:
        transport = transport_of(settings.mail)
    except ValueError as error:
        problem = str(error)
        fix = 'VESTIBULE_MAIL = "smtp://user:password@mail.example.org"'
        return [Finding("VESTIBULE_MAIL", f"{problem[0].upper()}{problem[1:]}.", fix)]
    if settings.mail_from and not is_address(settings.mail_from):
        found.append(
            Finding(
                "VESTIBULE_MAIL_FROM",
                f"{settings.mail_from!r} is no e-mail address.",
                'VESTIBULE_MAIL_FROM = "no-reply@example.org"',
            )
        )
    if isinstance(transport, MailServer) and not settings.mail_from and not settings.host:
        found.append(
            Finding(
                "VESTIBULE_MAIL_FROM",
                "Nobody knows whom the mails are from.",
                'VESTIBULE_MAIL_FROM = "no-reply@example.org" (or set VESTIBULE_BASE_URL)',
            )
        )
    return found
