"""Each event that the owner should hear of is a mail; what did not happen is none."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, delete

from tests.notices.conftest import Mailbox, plain
from tests.support.host_tables import Users
from tests.support.visitor import Visitor
from vestibule import EventKind
from vestibule.audit.flows import record
from vestibule.audit.values import Origin
from vestibule.backup_codes.models import BackupCode
from vestibule.notices.flows import ACCOUNT, OF_A_KIND, purge
from vestibule.notices.models import Outbox
from vestibule.notices.values import NOTICES, SECOND_STEP_ASKED_AGAIN
from vestibule.subjects.models import Subject

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"
NOWHERE = Origin("203.0.113.9", FIREFOX, "r")


@pytest.mark.requirement("NOTE-2")
def test_a_sign_in_is_told_with_browser_time_and_address(mailbox: Mailbox, person: Visitor) -> None:
    other = person.in_another_browser("198.51.100.4")
    other.client.environ_base["HTTP_USER_AGENT"] = FIREFOX
    other.signs_in()
    (mail,) = mailbox.mails()
    assert mail["Subject"] == "New sign-in to Host from Firefox on Linux"
    assert mail["To"] == "ann@example.org"
    assert mail["From"] == "Host <no-reply@localhost>"
    said = plain(mail)
    assert "User name: ann\n" in said
    assert "198.51.100.4" in said
    assert " UTC" in said
    assert "If this was you, there is nothing to do." in said


@pytest.mark.requirement("NOTE-2")
def test_a_browser_that_signed_in_before_is_told_anew_once_the_account_was_revoked(
    mailbox: Mailbox, person: Visitor
) -> None:
    thief = person.in_another_browser("203.0.113.9")
    thief.signs_in()
    thief.signs_out()
    mailbox.mails()
    thief.signs_in()
    assert mailbox.mails() == []
    with mailbox.host.app.test_request_context():
        mailbox.host.vestibule.password_changed(Users().find("ann"))
    mailbox.mails()
    # Whoever learned the new password as well comes back in the browser of last time.
    thief.signs_in()
    assert mailbox.subjects() == {"New sign-in to Host from an unknown browser"}
    thief.signs_out()
    thief.signs_in()
    assert mailbox.mails() == []


@pytest.mark.requirement("NOTE-1")
def test_the_first_set_up_is_told_once_and_its_backup_codes_with_it(mailbox: Mailbox) -> None:
    Visitor.new(mailbox.host, "ben").signs_in()
    assert mailbox.subjects() == {
        "Authenticator added at Host",
        "New sign-in to Host from an unknown browser",
    }


@pytest.mark.requirement("NOTE-1")
def test_so_are_the_first_ones_of_an_authenticator_that_was_taken_over(
    mailbox: Mailbox, person: Visitor
) -> None:
    """It came without any. Whoever is inside for a moment would have a second step of their own."""
    with mailbox.host.engine.begin() as connection:
        connection.execute(delete(BackupCode))
    person.makes_new_backup_codes()
    assert mailbox.host.rows(BackupCode)[0].set_number == 1
    assert mailbox.subjects() == {"New backup codes at Host"}


@pytest.mark.requirement("NOTE-1")
def test_new_backup_codes_and_a_used_one_are_told(mailbox: Mailbox, person: Visitor) -> None:
    person.makes_new_backup_codes()
    assert mailbox.subjects() == {"New backup codes at Host"}
    other = person.in_another_browser()
    other.enters_password()
    other.enters_backup_code()
    (used,) = [one for one in mailbox.mails() if one["Subject"] == "Backup code used at Host"]
    assert "9 backup codes are left." in plain(used)


@pytest.mark.requirement("NOTE-2")
def test_the_first_wrong_code_behind_the_right_password_is_told_and_no_mailbox_is_filled(
    mailbox: Mailbox, person: Visitor
) -> None:
    thief = person.in_another_browser("203.0.113.9")
    thief.enters_password()
    for _ in range(4):
        thief.enters_code(person.wrong_code())
    assert mailbox.subjects() == {"Wrong code after the right password at Host"}
    mailbox.host.clock.moves(SECOND_STEP_ASKED_AGAIN.total_seconds())
    thief.enters_password()
    thief.enters_code(person.wrong_code())
    assert mailbox.subjects() == {"Wrong code after the right password at Host"}


@pytest.mark.requirement("NOTE-2")
def test_a_wrong_password_alone_tells_nobody(mailbox: Mailbox, person: Visitor) -> None:
    person.in_another_browser().enters_password("a password that is not right")
    assert mailbox.mails() == []


@pytest.mark.requirement("NOTE-1")
@pytest.mark.parametrize("kind", sorted(NOTICES))
def test_every_kind_of_notice_can_be_written_and_read(
    mailbox: Mailbox, person: Visitor, kind: str
) -> None:
    details = {"purpose": "enrolment"} if kind == EventKind.LINK_MADE else {}
    _records(mailbox, person, kind, **details)
    (mail,) = mailbox.mails()
    assert "%(" not in plain(mail)
    assert "Host" in mail["Subject"]
    assert "Firefox on Linux" in plain(mail)


def test_what_everybody_expects_is_not_told(mailbox: Mailbox, person: Visitor) -> None:
    for kind in set(EventKind) - set(NOTICES):
        _records(mailbox, person, kind)
    _records(mailbox, person, EventKind.SIGNED_IN, known_browser=True)
    assert mailbox.mails() == []


def test_a_rolled_back_change_is_told_to_nobody(mailbox: Mailbox, person: Visitor) -> None:
    def breaks(connection: Connection) -> None:
        now = mailbox.host.clock.now()
        subject = person.subject_id
        record(connection, now, EventKind.PASSWORD_CHANGED, origin=NOWHERE, subject_id=subject)
        raise RuntimeError

    subject = person.subject_id
    assert subject
    with (
        pytest.raises(RuntimeError),
        mailbox.host.services.database.write() as connection,
    ):
        breaks(connection)
    assert mailbox.mails() == []


@pytest.mark.requirement("NOTE-3")
def test_a_changed_address_is_told_to_the_old_one_and_the_new_one(
    mailbox: Mailbox, person: Visitor
) -> None:
    now_at = "ann@new.example"
    mailbox.host.vestibule.addresses(lambda user: now_at)
    person.in_another_browser().enters_password()
    told = [one for one in mailbox.mails() if one["Subject"] == "E-mail address changed at Host"]
    assert {str(one["To"]) for one in told} == {"ann@example.org", now_at}
    _records(mailbox, person, EventKind.PASSWORD_CHANGED)
    assert [str(one["To"]) for one in mailbox.mails()] == [now_at]


@pytest.mark.requirement("NOTE-3")
def test_an_address_changed_while_a_password_is_hashed_stays_changed(
    mailbox: Mailbox, person: Visitor
) -> None:
    """Else whoever knows the password, and signs in at that moment, has all mails go on to the
    mailbox that the owner left.
    """
    host, now_at = mailbox.host, "ann@new.example"

    def owner_changes_it() -> None:
        with host.app.test_request_context():
            user = Users().find("ann")
            assert user is not None
            user.email = now_at
            Users().commit()
            host.vestibule.email_changed(user)

    host.hasher.meanwhile = owner_changes_it
    assert person.in_another_browser().enters_password().path == "/login"
    mailbox.mails()
    _records(mailbox, person, EventKind.PASSWORD_CHANGED)
    assert [str(one["To"]) for one in mailbox.mails()] == [now_at]
    assert host.events("account.addresses") == []


@pytest.mark.requirement("SES-9")
def test_an_account_closed_while_a_password_is_hashed_leaves_no_address(
    mailbox: Mailbox, person: Visitor
) -> None:
    """Nor an account of its key, that the next who gets the key would find."""
    mailbox.host.hasher.meanwhile = lambda: mailbox.host.loses_user("ann")
    assert person.in_another_browser().enters_password().path == "/login"
    assert [(row.closed == row.id, row.contact) for row in mailbox.host.rows(Subject)] == [
        (True, "")
    ]


@pytest.mark.requirement("NOTE-3")
def test_every_address_is_told_and_a_text_that_is_none_is_left_out(
    mailbox: Mailbox, person: Visitor
) -> None:
    both = ["ann@example.org", "ann@second.example", "nobody", "a@b\r\nBcc: x@evil.example", 7]
    mailbox.host.vestibule.addresses(lambda user: both)
    person.in_another_browser().enters_password()
    mailbox.mails()
    _records(mailbox, person, EventKind.PASSWORD_CHANGED)
    assert sorted(str(one["To"]) for one in mailbox.mails()) == both[:2]


def test_an_added_address_is_told_to_the_old_one(mailbox: Mailbox, person: Visitor) -> None:
    mailbox.host.vestibule.addresses(lambda user: ["ann@example.org", "thief@evil.example"])
    person.in_another_browser().enters_password()
    assert "ann@example.org" in {
        str(one["To"])
        for one in mailbox.mails()
        if one["Subject"] == "E-mail address changed at Host"
    }


def test_a_thief_with_the_password_does_not_choose_the_language(
    mailbox: Mailbox, person: Visitor
) -> None:
    host = mailbox.host.restarted(VESTIBULE_LANGUAGE="vi")
    thief = person.with_the_same_cookies(host).in_another_browser()
    thief.enters_password()
    thief.enters_code(person.wrong_code())
    assert mailbox.subjects() == {"Wrong code after the right password at Host"}


@pytest.mark.requirement("RL-9")
def test_an_account_with_somebody_else_s_address_cannot_fill_that_mailbox(
    mailbox: Mailbox, person: Visitor
) -> None:
    for _ in range(ACCOUNT.limit + 5):
        _records(mailbox, person, EventKind.BACKUP_CODES_MADE)
    assert len(mailbox.mails()) == OF_A_KIND.limit + ACCOUNT.limit
    mailbox.host.clock.moves(timedelta(days=1, seconds=1).total_seconds())
    _records(mailbox, person, EventKind.BACKUP_CODES_MADE)
    assert len(mailbox.mails()) == 1


@pytest.mark.requirement("NOTE-3")
def test_somebody_inside_who_makes_noise_does_not_keep_the_grave_from_being_told(
    mailbox: Mailbox, person: Visitor
) -> None:
    for _ in range(ACCOUNT.limit + 5):
        _records(mailbox, person, EventKind.AUTHENTICATOR_RENAMED)
    mailbox.mails()
    for kind in (EventKind.AUTHENTICATOR_REMOVED, EventKind.EMAIL_CHANGED):
        for _ in range(OF_A_KIND.limit + 1):
            _records(mailbox, person, kind)
        told = {str(NOTICES[kind].subject).replace("%(site)s", "Host")}
        mails = mailbox.mails()
        assert {str(one["Subject"]) for one in mails} == told
        assert len(mails) == OF_A_KIND.limit


def test_rows_go_two_weeks_after_they_were_sent(mailbox: Mailbox, person: Visitor) -> None:
    host = mailbox.host
    assert [row.recipient for row in host.rows(Outbox)] == [""] * len(host.rows(Outbox))
    host.clock.moves(timedelta(days=15).total_seconds())
    with host.services.database.write() as connection:
        assert purge(connection, host.clock.now()) > 0
    assert host.rows(Outbox) == []


def _records(mailbox: Mailbox, person: Visitor, kind: str, **details: Any) -> None:
    host = mailbox.host
    subject = person.subject_id
    with host.services.database.write() as connection:
        record(
            connection,
            host.clock.now(),
            next(one for one in EventKind if one == kind),
            origin=NOWHERE,
            subject_id=subject,
            details=details,
        )
