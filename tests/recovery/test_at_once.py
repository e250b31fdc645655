"""Many requests at the same moment: one outcome, on every database."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from tests.notices.conftest import Mailbox
from tests.recovery.conftest import WAIT, asks, asks_for_link, host_with_recovery, newest_link
from tests.stories import HostMaker
from tests.support.races import at_once
from tests.support.recovering import begins_set_up
from tests.support.visitor import Visitor
from vestibule.authenticators.models import Authenticator
from vestibule.backup_codes.models import BackupCode
from vestibule.recovery.models import Recovery

MANY = 8
Send = Callable[[], TestResponse]


@pytest.fixture
def mailbox(database_url: str, make: HostMaker, tmp_path: Path) -> Mailbox:
    return host_with_recovery(make, tmp_path, url=database_url)


def test_of_many_confirmations_one_begins_the_waiting_time(mailbox: Mailbox, ann: Visitor) -> None:
    asks_for_link(ann.in_another_browser())
    link, sends = newest_link(mailbox), []
    for _ in range(MANY):
        browser = ann.in_another_browser()
        browser.enters_password()
        fields = browser.opens(link).form(action="/recover/confirm").fields
        sends.append(lambda who=browser, sent=fields: who.posts("/recover/confirm", sent))
    answers = at_once(sends)
    assert sorted(one.status_code for one in answers) == [303] + [410] * (MANY - 1)
    assert len(mailbox.host.rows(Recovery)) == 1
    assert len(mailbox.host.events("recovery.asked")) == 1


def set_ups(mailbox: Mailbox, ann: Visitor, count: int) -> list[Send]:
    """Browsers before the first code of a new second step, each with a key of its own."""
    asks(ann.in_another_browser(), mailbox)
    mailbox.host.clock.moves(WAIT.total_seconds())
    sends = []
    for _ in range(count):
        browser = ann.in_another_browser()
        browser.enters_password()
        page = begins_set_up(browser)
        fields = page.form(with_field="totp_code").fields
        fields |= {"totp_code": browser.code(secret=page.secret)}
        sends.append(lambda who=browser, sent=fields: who.posts("/setup-2fa", sent))
    return sends


def passed(answers: list[TestResponse]) -> int:
    return sum((one.location or "").startswith("/backup-codes") for one in answers)


def test_of_many_set_ups_one_gets_through(mailbox: Mailbox, ann: Visitor) -> None:
    sends = set_ups(mailbox, ann, MANY)
    assert passed(at_once(sends)) == 1
    host = mailbox.host
    assert len(host.rows(Authenticator)) == 1
    assert len([row for row in host.rows(BackupCode) if row.retired_at is None]) == 10
    assert len(host.events("recovery.finished")) == 1
    assert host.rows(Recovery) == []


def test_a_stop_and_a_set_up_at_once_have_one_outcome(mailbox: Mailbox, ann: Visitor) -> None:
    (send,) = set_ups(mailbox, ann, 1)
    fields = {"csrf_token": ann.token("/dashboard")}
    stops = [lambda: ann.posts("/security/recovery/stop", fields) for _ in range(MANY - 1)]
    answers = at_once([send, *stops])
    stopped = len(mailbox.host.events("recovery.stopped"))
    finished = len(mailbox.host.events("recovery.finished"))
    assert (stopped, finished) in ((1, 0), (0, 1))
    assert passed(answers[:1]) == finished
    assert mailbox.host.rows(Recovery) == []


def test_a_code_of_the_old_phone_and_a_set_up_at_once(mailbox: Mailbox, ann: Visitor) -> None:
    """Both may pass, one after the other; nobody is left with a session of before."""
    (send,) = set_ups(mailbox, ann, 1)
    found = ann.in_another_browser()
    fields = found.enters_password().form(with_field="totp_code").fields
    fields |= {"totp_code": found.fresh_code()}
    at_once([send, lambda: found.posts("/verify-2fa", fields)])
    finished = len(mailbox.host.events("recovery.finished"))
    assert found.is_signed_in() is not bool(finished)
