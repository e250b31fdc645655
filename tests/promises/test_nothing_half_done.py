"""Each step is broken at each of its writes in turn: all of it has happened, or nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event
from werkzeug.test import TestResponse

from tests.support.host_app import Host
from tests.support.visitor import Visitor
from vestibule.authenticators.models import Authenticator
from vestibule.backup_codes.models import BackupCode
from vestibule.sessions.models import Session
from vestibule.signin.models import PendingSignin
from vestibule.subjects.models import Subject

pytestmark = [pytest.mark.requirement("P6"), pytest.mark.requirement("CFG-4")]

WRITES = ("INSERT", "UPDATE", "DELETE", "COMMIT")


class Broken(Exception):
    pass


@contextmanager
def broken_at(host: Host, number: int) -> Iterator[Callable[[], bool]]:
    """Before that write the request breaks; tells whether there were so many."""
    count = 0

    def look(connection, cursor, statement, *rest) -> None:
        nonlocal count
        count += statement.lstrip().startswith(WRITES)
        if count == number:
            count += 1
            raise Broken

    event.listen(host.engine, "before_cursor_execute", look)
    try:
        yield lambda: count > number
    finally:
        event.remove(host.engine, "before_cursor_execute", look)


def is_whole(host: Host) -> None:
    """What stands in the tables is what the audit log tells, and nothing besides."""

    def told(kind: str) -> int:
        return len(host.events(kind))

    opened = told("session.opened")
    assert len(host.rows(Session)) == opened - told("session.ended")
    assert len(host.rows(PendingSignin)) == told("signin.started") - opened - told("signin.ended")
    gone = told("authenticator.removed") + told("authenticator.replaced")
    assert len(host.rows(Authenticator)) == told("authenticator.added") - gone
    codes = [row for row in host.rows(BackupCode) if row.retired_at is None]
    assert sum(row.used_at is not None for row in codes) == told("backup_codes.used")
    newest = {row.subject_id: row.details["set_number"] for row in host.events("backup_codes.made")}
    assert Counter(row.subject_id for row in codes) == dict.fromkeys(newest, 10)
    made = Counter(row.subject_id for row in host.events("backup_codes.made"))
    assert {row.subject_id: row.set_number for row in codes} == made


Send = Callable[[], TestResponse]


def password(ann: Visitor) -> Send:
    ann.host.clock.moves(minutes=2)  # the tries that broke were taken
    fields = ann.opens("/login").form(with_field="password").fields
    fields |= {"username": ann.username, "password": ann.papers.password}
    return lambda: ann.posts("/login", fields)


def code(ann: Visitor) -> Send:
    ann.host.clock.moves(hours=1)  # as above
    fields = ann.enters_password().form(with_field="totp_code").fields
    return lambda: ann.posts("/verify-2fa", fields | {"totp_code": ann.fresh_code()})


def backup_code(ann: Visitor) -> Send:
    ann.host.clock.moves(hours=1)  # as above
    ann.enters_password()
    fields = ann.opens("/verify-2fa/backup-code").form(with_field="backup_code").fields
    fields |= {"backup_code": ann.papers.backup_codes[0]}
    return lambda: ann.posts("/verify-2fa/backup-code", fields)


def giving_up(ann: Visitor) -> Send:
    page = ann.enters_password()
    fields = page.form(action="/verify-2fa/cancel").fields
    return lambda: ann.posts("/verify-2fa/cancel", fields)


def first_authenticator(ann: Visitor) -> Send:
    nina = Visitor.new(ann.host, f"nina{len(ann.host.rows(Subject))}")
    page = nina.enters_password()
    fields = page.form(with_field="totp_code").fields
    return lambda: nina.posts("/setup-2fa", fields | {"totp_code": nina.fresh_code(page.secret)})


def one_more_authenticator(ann: Visitor) -> Send:
    ann.is_signed_in() or ann.signs_in()
    page = ann.opens("/setup-2fa")
    fields = page.form(with_field="totp_code").fields
    return lambda: ann.posts("/setup-2fa", fields | {"totp_code": ann.fresh_code(page.secret)})


def new_backup_codes(ann: Visitor) -> Send:
    ann.is_signed_in() or ann.signs_in()
    fields = {"csrf_token": ann.token("/backup-codes")}
    return lambda: ann.posts("/backup-codes/new", fields)


def confirming(ann: Visitor) -> Send:
    ann.is_signed_in() or ann.signs_in()
    fields = ann.opens("/confirm").form(with_field="totp_code").fields
    return lambda: ann.posts("/confirm", fields | {"totp_code": ann.fresh_code()})


def renaming(ann: Visitor) -> Send:
    ann.is_signed_in() or ann.signs_in()
    fields = {"csrf_token": ann.token("/backup-codes"), "name": "Old phone"}
    one = ann.host.rows(Authenticator)[0].id
    return lambda: ann.posts(f"/security/authenticators/{one}", fields)


def replacing(ann: Visitor) -> Send:
    ann.is_signed_in() or ann.signs_in()
    page = ann.opens(f"/setup-2fa?replaces={ann.host.rows(Authenticator)[0].id}")
    fields = page.form(with_field="totp_code").fields
    return lambda: ann.posts("/setup-2fa", fields | {"totp_code": ann.fresh_code(page.secret)})


def removing(ann: Visitor) -> Send:
    ann.is_signed_in() or ann.signs_in()
    if len(ann.host.rows(Authenticator)) == 1:
        ann.sets_up("Tablet")
    fields = {"csrf_token": ann.token("/backup-codes")}
    one = min(ann.host.rows(Authenticator), key=lambda row: row.confirmed_at).id
    return lambda: ann.posts(f"/security/authenticators/{one}/remove", fields)


def signing_out(ann: Visitor) -> Send:
    ann.is_signed_in() or ann.signs_in()
    fields = {"csrf_token": ann.token("/dashboard")}
    return lambda: ann.posts("/logout", fields)


STEPS = [
    *(password, code, backup_code, giving_up, first_authenticator, one_more_authenticator),
    *(new_backup_codes, confirming, renaming, replacing, removing, signing_out),
]


@pytest.mark.parametrize("step", STEPS)
def test_broken_at_any_write_it_is_whole_and_can_be_done_again(
    ann: Visitor, step: Callable[[Visitor], Send]
) -> None:
    host = ann.host
    for number in range(1, 30):
        send = step(ann)
        steps_used = [row.last_step for row in host.rows(Authenticator)]
        with broken_at(host, number) as was_broken:
            answer = send()
        is_whole(host)
        if not was_broken():
            break
        assert answer.status_code == 500
        assert [row.last_step for row in host.rows(Authenticator)] == steps_used
    assert answer.status_code in (302, 303)
    assert number > 2
