"""Mails as files in a folder, until a mail server is configured."""

import logging
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTPUTF8
from pathlib import Path

from vestibule import Unavailable

log = logging.getLogger(__name__)


class Outbox:
    """A folder of ``.eml`` files for any mail program; only their owner can read them."""

    def __init__(self, folder: Path, *, sender: Address) -> None:
        self._folder = folder
        self._sender = sender

    @contextmanager
    def posting(self, *, to: str, subject: str, text: str) -> Iterator[None]:
        """Post a mail if the block ends well, and not at all if it does not.

        The file is written before the block, so that a full disk stops what the mail tells of.
        Raises ``Unavailable``.
        """
        now = datetime.now(UTC)
        name = f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(8)}"
        draft = self._folder / f".{name}.draft"
        try:
            _write(draft, self._mail(now, to, subject, text))
            yield
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
        try:
            draft.rename(self._folder / f"{name}.eml")
        except OSError as error:
            # What it tells of has happened, and the person waits for that, not for the mail.
            log.error("a mail stays in %s: %s", draft, error)

    def _mail(self, now: datetime, to: str, subject: str, text: str) -> bytes:
        # The policy refuses line breaks in headers, so nothing typed can add one.
        mail = EmailMessage(policy=SMTPUTF8)
        mail["From"], mail["To"], mail["Subject"], mail["Date"] = self._sender, to, subject, now
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: asks for no out-of-office reply
        mail.set_content(text)
        return mail.as_bytes()


def _write(path: Path, content: bytes) -> None:
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
    except OSError as error:
        raise Unavailable("The outbox cannot be written.") from error
