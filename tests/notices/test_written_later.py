"""Mails that are written when they are sent: the request looked nothing up."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.notices.conftest import Mailbox
from vestibule.notices.models import Outbox

HOUR = timedelta(hours=1)


def leaves(mailbox: Mailbox, **said: str) -> None:
    with mailbox.host.app.test_request_context():
        mailbox.host.vestibule.write_later("lost", said, lifetime=HOUR)


@pytest.fixture
def told(mailbox: Mailbox) -> list[str]:
    told: list[str] = []
    mailbox.host.vestibule.written_later("lost")(lambda who: told.append(who))
    return told


@pytest.mark.requirement("ENUM-2")
def test_whoever_sends_writes_once_what_was_left(mailbox: Mailbox, told: list[str]) -> None:
    leaves(mailbox, who="somebody@example.org")
    assert told == []
    (row,) = mailbox.host.rows(Outbox)
    assert "somebody" not in str(row)
    for _ in range(2):
        mailbox.sends()
    assert told == ["somebody@example.org"]
    (row,) = mailbox.host.rows(Outbox)
    assert (row.parameters, row.next_try_at) == ({}, None)


def test_what_was_left_too_long_is_not_written(mailbox: Mailbox, told: list[str]) -> None:
    leaves(mailbox, who="somebody")
    mailbox.host.clock.moves(hours=1)
    mailbox.sends()
    assert told == []
    (row,) = mailbox.host.rows(Outbox)
    assert (row.parameters, row.next_try_at) == ({}, None)


def test_what_cannot_be_written_now_is_tried_again(mailbox: Mailbox) -> None:
    tries: list[str] = []

    def writes(who: str) -> None:
        tries.append(who)
        if len(tries) == 1:
            raise RuntimeError

    mailbox.host.vestibule.written_later("lost")(writes)
    leaves(mailbox, who="somebody")
    assert mailbox.sends().failed == 1
    mailbox.host.clock.moves(minutes=2)
    mailbox.sends()
    assert tries == ["somebody"] * 2


def test_what_nobody_writes_cannot_be_left(mailbox: Mailbox) -> None:
    with pytest.raises(ValueError, match="written_later"):
        leaves(mailbox, who="somebody")
