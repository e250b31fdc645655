"""A host's own mails go the way of notices, and what they say is kept from the database."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.notices.conftest import BASE_URL, Mailbox, plain
from tests.support.host_app import Host
from tests.support.host_tables import User, db
from tests.support.visitor import Visitor
from vestibule.notices.models import Outbox

LINK = f"{BASE_URL}/reset?token=the-token-of-the-link"


def posts(host: Host, to: str = "ann@example.org", subject: str = "New password") -> None:
    with host.app.test_request_context():
        user = db.session.scalar(select(User))
        host.vestibule.mail(user, to, subject, ["Hello <b>", LINK], lifetime=timedelta(hours=1))


def test_it_is_sent_with_its_link_and_then_nothing_of_it_is_kept(
    mailbox: Mailbox, person: Visitor
) -> None:
    posts(mailbox.host)
    kept = "".join(mailbox.host.snapshot()["vestibule_outbox"])
    assert "ann@example.org" in kept
    assert "token" not in kept
    assert "Hello" not in kept
    (mail,) = mailbox.mails()
    assert mail["Subject"] == "New password"
    assert LINK in plain(mail).splitlines()
    page = mail.get_body(("html",))
    assert page is not None
    assert f'<a href="{LINK}">' in page.get_content()
    assert "Hello &lt;b&gt;" in page.get_content()
    row = next(row for row in mailbox.host.rows(Outbox) if row.kind == "mail")
    assert (row.recipient, row.parameters) == ("", {})


def test_a_link_whose_time_is_over_is_not_sent_any_more(mailbox: Mailbox, person: Visitor) -> None:
    posts(mailbox.host)
    mailbox.host.clock.moves(3601)
    assert mailbox.mails() == []
    row = next(row for row in mailbox.host.rows(Outbox) if row.kind == "mail")
    assert (row.next_try_at, row.parameters, row.last_error) == (None, {}, "TooLate")


def test_it_stands_or_falls_with_the_transaction_of_the_host(
    mailbox: Mailbox, person: Visitor
) -> None:
    host = mailbox.host
    with host.app.test_request_context():
        user = db.session.scalar(select(User))
        host.vestibule.mail(
            user,
            "ann@example.org",
            "Never",
            ["Never"],
            lifetime=timedelta(hours=1),
            connection=db.session.connection(),
        )
        db.session.rollback()
    assert mailbox.mails() == []


@pytest.mark.parametrize("to", ["nobody", "a@b.example\r\nBcc: x@y.example", ""])
def test_what_is_no_address_is_refused(mailbox: Mailbox, person: Visitor, to: str) -> None:
    with pytest.raises(ValueError, match="no e-mail address"):
        posts(mailbox.host, to)


def test_no_subject_adds_a_header(mailbox: Mailbox, person: Visitor) -> None:
    posts(mailbox.host, subject="Hello\r\nBcc: x@y.example\u202e")
    (mail,) = mailbox.mails()
    assert mail["Subject"] == "HelloBcc: x@y.example"
    assert mail["Bcc"] is None


def test_where_no_mails_are_sent_it_says_so(host: Host) -> None:
    Visitor.new(host, "ann")
    with pytest.raises(ValueError, match="VESTIBULE_MAIL"):
        posts(host)
