"""Fixtures of the stories about notices: a host that tells, and what was sent."""

from __future__ import annotations

import email
import email.policy
import functools
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.stories import HostMaker, ann, host, make, newcomer
from tests.support.begun import Begun
from tests.support.host_app import Host, make_host
from tests.support.host_tables import copy_of_empty_sqlite, folder_of_this_run
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
def mailbox(request: pytest.FixtureRequest, make: HostMaker, tmp_path: Path) -> Mailbox:
    outbox = tmp_path / "outbox"
    config = {"VESTIBULE_MAIL": outbox.as_uri(), "VESTIBULE_BASE_URL": BASE_URL}
    given = _with_person().copied(tmp_path) if "person" in request.fixturenames else ()
    return _can_disable(make(*given, **config), outbox)


@pytest.fixture
def person(mailbox: Mailbox) -> Visitor:
    """Has a second step, and read all mails so far."""
    begun = _with_person()
    return begun.goes_on(mailbox.host) if begun.is_on(mailbox.host) else _somebody_comes(mailbox)


@functools.cache
def _with_person() -> Begun:
    folder = folder_of_this_run()
    url, outbox = copy_of_empty_sqlite(folder / "somebody-has-mail.db"), folder / "notices"
    config = {"VESTIBULE_MAIL": outbox.as_uri(), "VESTIBULE_BASE_URL": BASE_URL}
    host = make_host(url, folder, VESTIBULE_POLICY="required", **config)
    return Begun.by(_somebody_comes(_can_disable(host, outbox)))


def _can_disable(host: Host, outbox: Path) -> Mailbox:
    host.vestibule.password_disabled(lambda user: None)
    return Mailbox(host, outbox)


def _somebody_comes(mailbox: Mailbox) -> Visitor:
    person = Visitor.new(mailbox.host, "ann")
    person.signs_in()
    mailbox.mails()
    return person


@pytest.fixture
def mail_server(tmp_path: Path) -> Iterator[MailServer]:
    with MailServer.running(tmp_path) as server:
        yield server
