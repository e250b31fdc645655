"""Phone and paper are lost: password and mailbox, a waiting time, and a new second step."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.notices.conftest import Mailbox, link_in, plain
from tests.recovery.conftest import WAIT, asks, asks_for_link, newest_link, sets_up_anew
from tests.support.movable import DatabaseClockWithMeanwhile
from tests.support.recovering import begins_set_up, has_asked, opens_link
from tests.support.visitor import Visitor
from tests.web.page_rules import check
from vestibule.authenticators.models import Authenticator
from vestibule.one_time_tokens.flows import look_up
from vestibule.one_time_tokens.values import Purpose
from vestibule.recovery.finishing import begin_set_up
from vestibule.recovery.flows import NOWHERE, stop, tell_of_open_ones, tell_once
from vestibule.recovery.models import Recovery
from vestibule.recovery.values import OPEN_FOR, RecoveryRefused
from vestibule.signin.flows import load
from vestibule.signin.stages import Pending

ASKED = "Somebody wants to replace your second step at Host"


@pytest.fixture
def lost(ann: Visitor) -> Visitor:
    """Ann in a new browser, with neither phone nor paper."""
    return ann.in_another_browser("198.51.100.7")


@pytest.mark.requirement("REC-2", "REC-9", "REC-11", "BC-5")
def test_the_whole_way(mailbox: Mailbox, ann: Visitor, lost: Visitor) -> None:
    old_secret, old_code = ann.papers.secrets[-1], ann.papers.backup_codes[0]
    page = asks_for_link(lost)
    assert "on its way to a…@example.org" in page.text
    page = lost.opens(newest_link(mailbox))
    assert (page.path, page.heading) == ("/recover/confirm", "Ask for a new second step")
    page = lost.sends(page, page.form(action="/recover/confirm"))
    assert page.path == "/recover"
    assert "A new second step was asked for." in page.text
    (mail,) = mailbox.mails()
    assert (mail["Subject"], mail["To"]) == (ASKED, "ann@example.org")

    mailbox.host.clock.moves(WAIT.total_seconds())
    page = asks_for_link(lost)
    assert "The waiting time is over." in page.text
    page = lost.opens(newest_link(mailbox))
    assert (page.path, page.heading) == ("/recover/confirm", "Set up a new second step")
    page = lost.sends(page, page.form(action="/recover/confirm"))
    assert page.path == "/setup-2fa"
    assert lost.sets_up(page=page).path == "/dashboard"
    assert "Second step replaced at Host" in mailbox.subjects()
    assert lost.is_signed_in()
    assert not ann.is_signed_in()
    again = ann.in_another_browser()
    again.enters_password()
    assert again.enters_code(ann.code(secret=old_secret)).path == "/verify-2fa"
    assert again.enters_backup_code(old_code).path == "/verify-2fa/backup-code"
    mailbox.host.clock.moves(60)
    assert again.enters_code().path == "/dashboard"
    again.signs_out()
    again.enters_password()
    assert again.enters_backup_code(lost.papers.backup_codes[0]).path == "/backup-codes"
    assert mailbox.host.rows(Recovery) == []
    assert len(mailbox.host.rows(Authenticator)) == 1
    for kind in ("recovery.asked", "recovery.opened", "recovery.finished"):
        assert len(mailbox.host.events(kind)) == 1, kind


def test_its_pages_keep_the_rules_of_every_page(mailbox: Mailbox, lost: Visitor) -> None:
    asks(lost, mailbox)
    mailbox.host.clock.moves(WAIT.total_seconds())
    sets_up_anew(lost)
    for answer in lost.answers:
        if answer.status_code == 200:
            check(answer)


def test_nothing_is_gone_before_the_first_code_of_the_new_one(
    mailbox: Mailbox, ann: Visitor, lost: Visitor
) -> None:
    asks(lost, mailbox)
    mailbox.host.clock.moves(WAIT.total_seconds())
    lost.enters_password()
    page = begins_set_up(lost)
    assert "Until then everything stays as it is." in page.text
    assert page.shows_a_secret
    assert not lost.is_signed_in()
    found = ann.in_another_browser()
    found.enters_password()
    assert found.enters_code().path == "/dashboard"


@pytest.mark.parametrize("early", [WAIT, timedelta(seconds=1)])
def test_before_its_time_there_is_no_set_up(
    mailbox: Mailbox, lost: Visitor, early: timedelta
) -> None:
    asks(lost, mailbox)
    mailbox.host.clock.moves((WAIT - early).total_seconds())
    lost.enters_password()
    page = lost.opens("/recover")
    with pytest.raises(LookupError):
        page.form(action="/recover")
    page = begins_set_up(lost)
    assert (page.path, page.status) == ("/recover/confirm", 422)
    assert "It was asked for already." in page.text
    assert not lost.opens("/setup-2fa").shows_a_secret


def test_after_a_week_the_way_is_closed_again_and_can_be_asked_for_anew(
    mailbox: Mailbox, lost: Visitor
) -> None:
    asks(lost, mailbox)
    mailbox.host.clock.moves((WAIT + OPEN_FOR).total_seconds())
    asks(lost, mailbox)
    assert not lost.opens("/setup-2fa").shows_a_secret
    mailbox.host.clock.moves(WAIT.total_seconds())
    assert sets_up_anew(lost).path == "/dashboard"


def test_it_works_once(mailbox: Mailbox, lost: Visitor) -> None:
    asks(lost, mailbox)
    mailbox.host.clock.moves(WAIT.total_seconds())
    late = lost.in_another_browser()
    late.enters_password()
    page = opens_link(late)
    fields = page.form(action="/recover/confirm").fields
    sets_up_anew(lost)
    assert late.posts("/recover/confirm", fields).status_code == 410
    assert not late.opens("/setup-2fa").shows_a_secret
    assert len(mailbox.host.rows(Authenticator)) == 1


@pytest.mark.requirement("REC-2")
def test_whoever_knows_only_the_password_cannot_wait_for_the_owner_to_ask(
    mailbox: Mailbox, lost: Visitor
) -> None:
    """Nor be there first when the time is over: that takes the mailbox once more."""
    asks(lost, mailbox)
    mailbox.host.clock.moves(WAIT.total_seconds())
    thief = lost.in_another_browser("203.0.113.9")
    asks_for_link(thief)
    for path in ("/recover/confirm", "/setup-2fa", "/recover/link"):
        assert not thief.opens(path).shows_a_secret
    thief.enters_password()
    fields = thief.opens("/recover").form(action="/recover").fields
    assert thief.posts("/recover/confirm", fields).status_code == 410
    assert not thief.opens("/setup-2fa").shows_a_secret
    # And what the thief had sent, the owner can use.
    lost.enters_password()
    page = lost.opens(newest_link(mailbox))
    page = lost.sends(page, page.form(action="/recover/confirm"))
    assert lost.sets_up(page=page).path == "/dashboard"


def test_the_mail_s_link_opened_later_asks_for_the_password_first(
    mailbox: Mailbox, lost: Visitor
) -> None:
    asks_for_link(lost)
    link = newest_link(mailbox)
    phone = lost.in_another_browser("203.0.113.4")
    page = phone.opens(link)
    assert page.path == "/login"
    assert "Sign in with your password to go on." in page.text
    page = phone.enters_password()
    assert page.path == "/verify-2fa"
    assert "/recover/confirm" in page.links
    page = phone.opens("/recover/confirm")
    assert phone.sends(page, page.form(action="/recover/confirm")).path == "/recover"
    assert len(mailbox.host.events("recovery.asked")) == 1


@pytest.mark.requirement("WEB-4")
def test_l59_opening_the_link_of_the_mail_changes_nothing(mailbox: Mailbox, lost: Visitor) -> None:
    asks_for_link(lost)
    link = newest_link(mailbox)
    before = mailbox.host.snapshot()
    for _ in range(2):
        answer = lost.in_another_browser().asks(link)
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "token" not in answer.headers["Location"]
        lost.opens(link)
    assert mailbox.host.snapshot() == before


def test_what_the_mail_says_and_what_the_database_holds(mailbox: Mailbox, lost: Visitor) -> None:
    asks_for_link(lost)
    waits = mailbox.host.snapshot()
    (mail,) = mailbox.mails()
    token = link_in(mail).partition("token=")[2]
    assert token not in str(waits)
    assert "for one hour" in plain(mail)
    assert "198.51.100.7" in plain(mail)


def test_the_owner_hears_once_that_the_way_is_open(mailbox: Mailbox, lost: Visitor) -> None:
    asks(lost, mailbox)
    mailbox.mails()
    for _ in range(2):
        mailbox.host.clock.moves(WAIT.total_seconds() / 2)
        for _ in range(2):
            tell_of_open_ones(mailbox.host.services)
    assert mailbox.subjects() == {"The second step of your account at Host can be replaced now"}
    assert len(mailbox.host.events("recovery.opened")) == 1


def test_what_is_void_at_the_last_moment_is_not_told_of(
    mailbox: Mailbox, ann: Visitor, lost: Visitor
) -> None:
    asks(lost, mailbox)
    mailbox.host.clock.moves(WAIT.total_seconds())
    mailbox.host.revokes(ann.user_id)
    services, now = mailbox.host.services, mailbox.host.clock.now()
    with services.database.write() as connection:
        tell_once(connection, now, mailbox.host.subject(ann.user_id), NOWHERE)
    assert mailbox.host.events("recovery.opened") == []


def test_without_recovery_the_page_names_the_other_ways(mailbox: Mailbox, ann: Visitor) -> None:
    off = ann.in_another_browser().with_the_same_cookies(
        mailbox.host.restarted(VESTIBULE_RECOVERY_AFTER=0)
    )
    off.enters_password()
    page = off.opens("/recover")
    ways = ("A backup code", "Another authenticator", "A browser that is still", "The people who")
    places = [page.text.index(way) for way in ways]
    assert places == sorted(places)
    assert "You reach them here: help@host.example" in page.text
    assert "waiting time" not in page.text
    check(page.answer)


def test_l07_the_link_of_the_second_mail_works_once(mailbox: Mailbox, lost: Visitor) -> None:
    asks(lost, mailbox)
    mailbox.host.clock.moves(WAIT.total_seconds())
    asks_for_link(lost)
    page = lost.opens(newest_link(mailbox))
    other = lost.with_the_same_cookies()
    other.enters_password()
    second = other.opens("/recover/confirm")
    assert lost.sends(page, page.form(action="/recover/confirm")).path == "/setup-2fa"
    assert other.sends(second, second.form(action="/recover/confirm")).status == 410
    assert not other.opens("/setup-2fa").shows_a_secret


def test_what_is_stopped_while_the_code_is_compared_is_stopped(
    mailbox: Mailbox, lost: Visitor
) -> None:
    asks(lost, mailbox)
    mailbox.host.clock.moves(WAIT.total_seconds())
    lost.enters_password()
    page = begins_set_up(lost)
    clock = DatabaseClockWithMeanwhile(mailbox.host.services.database)
    mailbox.host.gets(database_clock=clock)
    clock.meanwhile = lambda: stop(mailbox.host.services, lost.subject_id, "mail", NOWHERE)
    code = lost.code(secret=page.secret)
    page = lost.sends(page, page.form(with_field="totp_code"), totp_code=code)
    assert page.path == "/login"
    assert mailbox.host.events("recovery.finished") == []
    assert not lost.is_signed_in()


@pytest.mark.parametrize("opens_in", [1, -OPEN_FOR.total_seconds()])
def test_whatever_a_page_thought_the_time_is_asked_for_under_the_lock(
    mailbox: Mailbox, lost: Visitor, opens_in: float
) -> None:
    lost.enters_password()
    opens_link(lost)
    has_asked(mailbox.host, lost, timedelta(seconds=opens_in))
    services = mailbox.host.services
    pending = load(services, lost.cookie("vestibule-pending") or "")
    link = look_up(services, lost.cookie("vestibule-link-recovery") or "", Purpose.RECOVERY)
    assert isinstance(pending, Pending)
    with pytest.raises(RecoveryRefused):
        begin_set_up(services, pending, link, lost.papers.email, NOWHERE)
    assert not lost.opens("/setup-2fa").shows_a_secret
