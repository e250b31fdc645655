"""Each step of a recovery, broken at each of its writes in turn: all of it happened, or nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from werkzeug.test import TestResponse

from tests.notices.conftest import Mailbox
from tests.promises.test_nothing_half_done import broken_at
from tests.recovery.conftest import asks_for_link, newest_link
from tests.support.host_app import Host
from tests.support.recovering import begins_set_up, has_asked, opens_link
from tests.support.visitor import Visitor
from vestibule.authenticators.models import Authenticator
from vestibule.backup_codes.models import BackupCode
from vestibule.notices.models import Outbox
from vestibule.recovery.models import Recovery

pytestmark = pytest.mark.requirement("P6")

Send = Callable[[], TestResponse]
MAILED = ("recovery.asked", "recovery.opened", "recovery.stopped", "recovery.finished")


def lost(ann: Visitor) -> Visitor:
    person = ann.in_another_browser()
    ann.host.clock.moves(minutes=2)  # the tries that broke were taken
    person.enters_password()
    return person


def confirming(mailbox: Mailbox, ann: Visitor) -> Send:
    mailbox.host.clock.moves(hours=24)
    person = lost(ann)
    asks_for_link(person)
    page = person.opens(newest_link(mailbox))
    fields = page.form(action="/recover/confirm").fields
    return lambda: person.posts("/recover/confirm", fields)


def stopping(mailbox: Mailbox, ann: Visitor) -> Send:
    has_asked(ann.host, ann)
    owner = lost(ann)
    owner.enters_code()
    fields = {"csrf_token": owner.token("/dashboard")}
    return lambda: owner.posts("/security/recovery/stop", fields)


def going_on(mailbox: Mailbox, ann: Visitor) -> Send:
    has_asked(ann.host, ann)
    person = lost(ann)
    fields = opens_link(person).form(action="/recover/confirm").fields
    return lambda: person.posts("/recover/confirm", fields)


def setting_up(mailbox: Mailbox, ann: Visitor) -> Send:
    has_asked(ann.host, ann)
    person = lost(ann)
    page = begins_set_up(person)
    fields = page.form(with_field="totp_code").fields
    fields |= {"totp_code": person.code(secret=page.secret)}
    return lambda: person.posts("/setup-2fa", fields)


def is_whole(host: Host, asked_before: int) -> None:
    told = {kind: len(host.events(kind)) for kind in MAILED}
    for kind in MAILED:
        assert sum(row.kind == kind for row in host.rows(Outbox)) == told[kind], kind
    ended = told["recovery.stopped"] + told["recovery.finished"]
    assert len(host.rows(Recovery)) == asked_before + told["recovery.asked"] - ended
    removed = len(host.events("authenticator.removed"))
    assert removed == told["recovery.finished"]
    assert len(host.rows(Authenticator)) == 1
    live = [row for row in host.rows(BackupCode) if row.retired_at is None]
    assert len(live) == 10


@pytest.mark.parametrize("step", [confirming, stopping, going_on, setting_up])
def test_broken_at_any_write_it_is_whole_and_can_be_done_again(
    mailbox: Mailbox, ann: Visitor, step: Callable[[Mailbox, Visitor], Send]
) -> None:
    host = mailbox.host
    for number in range(1, 40):
        send = step(mailbox, ann)
        asked_before = len(host.rows(Recovery)) if step is not confirming else 0
        with broken_at(host, number) as was_broken:
            answer = send()
        is_whole(host, asked_before)
        if not was_broken():
            break
        assert answer.status_code == 500
    assert answer.status_code == 303
    assert number > 2
