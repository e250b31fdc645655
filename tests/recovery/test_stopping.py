"""A recovery is stopped with one click: from any address, from any open session of the account."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.notices.conftest import Mailbox, link_in
from tests.recovery.conftest import WAIT, asks, sets_up_anew
from tests.recovery.test_who_may_ask import (
    changes_address,
    changes_password_from_outside,
    resets_by_mail,
)
from tests.support.recovering import begins_set_up
from tests.support.seen import Seen
from tests.support.visitor import Visitor
from tests.web.page_rules import check
from vestibule.foundation.budgets import Try, take_within
from vestibule.notices.flows import ACCOUNT, purge
from vestibule.recovery.models import Recovery
from vestibule.recovery.values import BARRED_FOR

ALARM = "Somebody wants to replace your second step."


@pytest.fixture
def thief(mailbox: Mailbox, ann: Visitor) -> Visitor:
    """Knows the password, reads the mailbox, and has asked."""
    thief = ann.in_another_browser("203.0.113.9")
    asks(thief, mailbox)
    return thief


def is_shut_out(thief: Visitor) -> None:
    thief.host.clock.moves(WAIT.total_seconds())
    thief.enters_password()
    begins_set_up(thief)
    assert not thief.opens("/setup-2fa").shows_a_secret
    assert not thief.is_signed_in()


def stops_by_mail(owner: Visitor, link: str) -> Seen:
    page = owner.opens(link)
    assert (page.status, page.path, page.heading) == (200, "/recover/stop", "Keep your second step")
    check(page.answer)
    page = owner.sends(page, page.form(action="/recover/stop"))
    assert page.heading == "Your second step stays as it is"
    check(page.answer)
    return page


@pytest.mark.requirement("REC-9", "NOTE-3")
@pytest.mark.parametrize("which", [0, 1])
def test_every_address_is_told_and_can_stop_it(mailbox: Mailbox, ann: Visitor, which: int) -> None:
    mailbox.host.vestibule.addresses(lambda user: [user.email, "second@example.org"])
    ann.in_another_browser().enters_password()
    mailbox.host.clock.moves(BARRED_FOR.total_seconds())
    thief = ann.in_another_browser("203.0.113.9")
    asks(thief, mailbox)
    mails = sorted(mailbox.mails(), key=lambda mail: str(mail["To"]))
    assert [str(mail["To"]) for mail in mails] == ["ann@example.org", "second@example.org"]
    stops_by_mail(ann.in_another_browser(), link_in(mails[which]))
    assert mailbox.subjects() == {"Your second step at Host stays as it is"}
    assert [row.details for row in mailbox.host.events("recovery.stopped")] == [{"by": "mail"}]
    is_shut_out(thief)


def test_l59_opening_its_link_changes_nothing(mailbox: Mailbox, ann: Visitor) -> None:
    thief = ann.in_another_browser("203.0.113.9")
    asks(thief, mailbox)
    link = link_in(mailbox.mails()[-1])
    before = mailbox.host.snapshot()
    for _ in range(2):
        assert ann.in_another_browser().opens(link).path == "/recover/stop"
    owner = ann.in_another_browser()
    owner.opens(link)
    assert owner.posts("/recover/stop", {}).status_code == 422
    assert mailbox.host.snapshot("vestibule_event") == {
        name: rows for name, rows in before.items() if name != "vestibule_event"
    }


def test_every_page_of_an_open_session_says_so_and_stops_it(ann: Visitor, thief: Visitor) -> None:
    for path in ("/security", "/backup-codes", "/security/authenticators"):
        page = ann.opens(path)
        assert ALARM in page.text, path
        assert "203.0.113.9" in page.text
        check(page.answer)
    page = ann.sends(page, page.form(action="/security/recovery/stop"))
    assert "It is stopped." in page.text
    assert ALARM not in page.text
    assert [row.details for row in ann.host.events("recovery.stopped")] == [{"by": "session"}]
    is_shut_out(thief)


def test_nobody_else_s_session_sees_it_or_stops_it(mailbox: Mailbox, thief: Visitor) -> None:
    eve = Visitor.new(mailbox.host, "eve")
    eve.signs_in()
    assert ALARM not in eve.opens("/security").text
    eve.posts("/security/recovery/stop", {"csrf_token": eve.token("/dashboard")})
    thief.posts("/security/recovery/stop", {"csrf_token": thief.token("/recover")})
    assert len(mailbox.host.rows(Recovery)) == 1


def test_a_session_does_not_stop_it_without_its_form(ann: Visitor, thief: Visitor) -> None:
    assert ann.posts("/security/recovery/stop", {}).status_code == 403
    assert ann.asks("/security/recovery/stop").status_code == 405
    assert len(ann.host.rows(Recovery)) == 1


def test_a_page_of_the_host_can_say_so_too(ann: Visitor, thief: Visitor) -> None:
    page = ann.opens("/home")
    assert "from 203.0.113.9, 3 days, 0:00:00" in page.text
    assert page.form(action="/security/recovery/stop")
    ann.posts("/security/recovery/stop", {"csrf_token": ann.token("/dashboard")})
    assert ann.opens("/home").text == "nothing"


def signs_out_everywhere(mailbox: Mailbox, person: Visitor) -> None:
    mailbox.host.revokes(person.user_id)


def adds_an_authenticator(mailbox: Mailbox, person: Visitor) -> None:
    person.in_another_browser().signs_in()
    other = person.in_another_browser()
    mailbox.host.clock.moves(60)
    other.signs_in()
    other.sets_up(name="Tablet")


def says_not_me(mailbox: Mailbox, person: Visitor) -> None:
    owner = person.in_another_browser()
    page = owner.opens(link_in(mailbox.mails()[-1]))
    assert "/not-me" in page.links
    page = owner.opens("/not-me")
    page = owner.sends(page, page.form(action="/not-me"))
    assert page.heading == "Everything was ended"


@pytest.mark.requirement("REC-4")
@pytest.mark.parametrize(
    "happens",
    [
        changes_password_from_outside,
        resets_by_mail,
        changes_address,
        signs_out_everywhere,
        adds_an_authenticator,
        says_not_me,
    ],
)
@pytest.mark.parametrize("late", [False, True])
def test_what_changes_the_account_voids_it(
    mailbox: Mailbox,
    ann: Visitor,
    thief: Visitor,
    happens: Callable[[Mailbox, Visitor], object],
    late: bool,
) -> None:
    """Also when the set-up has begun already."""
    if happens is resets_by_mail:
        happens = lambda *both: (resets_by_mail(*both), changes_password_from_outside(*both))  # noqa: E731
    if not late:
        happens(mailbox, ann)
        is_shut_out(thief)
        return
    mailbox.host.clock.moves(WAIT.total_seconds())
    thief.enters_password()
    page = begins_set_up(thief)
    happens(mailbox, ann)
    code = thief.code(secret=page.secret)
    page = thief.sends(page, page.form(with_field="totp_code"), totp_code=code)
    assert page.path == "/login"
    assert not thief.is_signed_in()
    assert mailbox.host.events("recovery.finished") == []


def test_stopped_between_the_set_up_and_its_first_code(
    mailbox: Mailbox, ann: Visitor, thief: Visitor
) -> None:
    owner = ann.in_another_browser()
    link = link_in(mailbox.mails()[-1])
    mailbox.host.clock.moves(WAIT.total_seconds())
    thief.enters_password()
    page = begins_set_up(thief)
    stops_by_mail(owner, link)
    code = thief.code(secret=page.secret)
    page = thief.sends(page, page.form(with_field="totp_code"), totp_code=code)
    assert page.path == "/login"
    assert "The second step stays as it is" in page.text
    assert not thief.is_signed_in()
    owner.enters_password()
    assert owner.enters_code().path == "/dashboard"


def test_turned_off_meanwhile_it_opens_nothing(mailbox: Mailbox, thief: Visitor) -> None:
    mailbox.host.clock.moves(WAIT.total_seconds())
    off = mailbox.host.restarted(VESTIBULE_RECOVERY_AFTER=0)
    off.vestibule.confirmed_address(lambda user: user.email)
    late = thief.with_the_same_cookies(off)
    late.enters_password()
    assert begins_set_up(late).status == 422


def test_a_filled_day_of_notices_does_not_hide_it(mailbox: Mailbox, ann: Visitor) -> None:
    with mailbox.host.services.database.write() as connection:
        while take_within(connection, mailbox.host.clock.now(), Try(ACCOUNT, ann.subject_id)):
            pass
    mailbox.mails()
    asks(ann.in_another_browser("203.0.113.9"), mailbox)
    assert mailbox.subjects() == {"Somebody wants to replace your second step at Host"}


def test_the_link_stops_it_until_the_very_end(mailbox: Mailbox, ann: Visitor) -> None:
    host = mailbox.host.restarted(VESTIBULE_RECOVERY_AFTER=timedelta(days=30))
    host.vestibule.confirmed_address(lambda user: user.email)
    mailbox.host = host
    thief = ann.with_the_same_cookies(host).in_another_browser("203.0.113.9")
    asks(thief, mailbox)
    link = link_in(mailbox.mails()[-1])
    host.clock.moves(timedelta(days=36, hours=23).total_seconds())
    with host.services.database.write() as connection:
        purge(connection, host.clock.now())
    stops_by_mail(thief.in_another_browser(), link)
    assert host.rows(Recovery) == []


def test_gone_with_its_user(mailbox: Mailbox, thief: Visitor) -> None:
    mailbox.host.loses_user("ann")
    assert mailbox.host.rows(Recovery) == []


def test_the_owner_who_asked_may_stop_and_ask_again(
    mailbox: Mailbox, ann: Visitor, thief: Visitor
) -> None:
    stops_by_mail(ann.in_another_browser(), link_in(mailbox.mails()[-1]))
    mailbox.mails()
    asks(thief, mailbox)
    mailbox.host.clock.moves(WAIT.total_seconds())
    assert sets_up_anew(thief).path == "/dashboard"


def test_another_address_voids_it_for_good(mailbox: Mailbox, ann: Visitor, thief: Visitor) -> None:
    """Also where the waiting time is longer than the month for which none can be asked for."""
    changes_address(mailbox, ann)
    assert mailbox.host.rows(Recovery) == []
    assert [row.details for row in mailbox.host.events("recovery.stopped")] == [
        {"by": "changed addresses"}
    ]


def test_what_is_void_is_shown_nowhere(mailbox: Mailbox, ann: Visitor, thief: Visitor) -> None:
    mailbox.host.revokes(ann.user_id)
    owner = ann.in_another_browser()
    owner.signs_in()
    assert ALARM not in owner.opens("/security").text
    thief.enters_password()
    assert "A new second step was asked for." not in thief.opens("/recover").text
