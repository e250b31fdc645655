"""Fixtures of the stories about notices: a host that tells, and what was sent."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.stories import HostMaker, ann, host, make, newcomer
from tests.support.host_app import Host
from tests.support.smtp import MailServer
from tests.support.visitor import Visitor
from vestibule.notices.sending import Round

__all__ = ["ann", "host", "make", "newcomer"]

BASE_URL = "http://localhost"


class Mailbox:
    """A host that sends into a folder, and whatever came there."""

    def __init__(self, host: Host, folder: Path) -> None:
        self.host, self.folder = host, folder

    def sends(self) -> Round:
        send = self.host.app.extensions["vestibule"].send_notices
        assert send is not None
        done: Round = send()
        return done

    def mails(self) -> list[EmailMessage]:
        """What came since this was last asked, sent just now."""
        self.sends()
        paths = sorted(self.folder.glob("*.eml"))
        mails = [
            email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            for path in paths
        ]
        for path in paths:
            path.unlink()
        return mails

    def subjects(self) -> set[str]:
        return {str(mail["Subject"]) for mail in self.mails()}


def plain(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def link_in(mail: EmailMessage) -> str:
    """The path of the one link."""
    (link,) = [line for line in plain(mail).split("\n") if "token=" in line]
    return link.removeprefix(BASE_URL)


@pytest.fixture
def mailbox(make: HostMaker, tmp_path: Path) -> Mailbox:
    folder = tmp_path / "outbox"
    host = make(VESTIBULE_MAIL=folder.as_uri(), VESTIBULE_BASE_URL=BASE_URL)
    host.vestibule.password_disabled(lambda user: None)
    return Mailbox(host, folder)


@pytest.fixture
def person(mailbox: Mailbox) -> Visitor:
    """Has a second step, and read all mails so far."""
    person = Visitor.new(mailbox.host, "ann")
    person.signs_in()
    mailbox.mails()
    return person


@pytest.fixture
def mail_server(tmp_path: Path) -> Iterator[MailServer]:
    with MailServer.running(tmp_path) as server:
        yield server
