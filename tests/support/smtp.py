"""A real mail server, with and without TLS, that keeps what it gets."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

USER, PASSWORD = "mailer", "the p@ss/word: of the mailer"


@dataclass
class MailServer:
    """What it was sent, in order; ``holds`` lets it keep senders waiting for their "yes", and it
    takes no mail ``To`` what it ``refuses``. Addresses in ASCII are all that it knows."""

    port: int
    authority: Path
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    answer: str = "250 OK"
    refuses: str = "\0"
    holds: int = 0
    held: threading.Event = field(default_factory=threading.Event)
    let_go: threading.Event = field(default_factory=threading.Event)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.holds:
            self.holds -= 1
            self.held.set()
            while not self.let_go.is_set():
                await asyncio.sleep(0.02)
            return "451 Whoever sent this is gone"
        if self.refuses in str(message_from_bytes(envelope.content, policy=policy.default)["To"]):
            return "554 That looks like spam"
        if self.answer.startswith("250"):
            mail = message_from_bytes(envelope.content, policy=policy.default)
            assert isinstance(mail, EmailMessage)
            self.mails.append(mail)
            self.recipients += envelope.rcpt_tos
        return self.answer

    def authenticate(self, *asked: Any) -> AuthResult:
        given = asked[-1]
        assert isinstance(given, LoginPassword)
        self.logins.append(given.login.decode())
        return AuthResult(success=given.password.decode() == PASSWORD)

    @classmethod
    @contextmanager
    def running(cls, folder: Path, *, tls: bool = True) -> Iterator[MailServer]:
        """On 127.0.0.1, as ``localhost``; with ``tls`` it offers STARTTLS, and asks for it."""
        authority, context = _certificate(folder)
        server = cls(_free_port(), authority)
        options: dict[str, Any] = {"enable_SMTPUTF8": False}
        if tls:
            options |= {
                "tls_context": context,
                "require_starttls": True,
                "authenticator": server.authenticate,
                "auth_required": True,
            }
        controller = Controller(server, hostname="127.0.0.1", port=server.port, **options)
        controller.start()
        try:
            yield server
        finally:
            server.let_go.set()
            controller.stop()


def _certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    authority = trustme.CA()
    path = folder / "authority.pem"
    authority.cert_pem.write_to_path(str(path))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    return path, context


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
