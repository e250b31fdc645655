"""A second address for notices: shown by a link, told to all, and no way in."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.notices.conftest import BASE_URL, Mailbox, link_in, plain
from tests.notices.test_not_me import says_not_me
from tests.stories import HostMaker
from tests.support.host_tables import User, Users, db
from tests.support.races import at_once
from tests.support.seen import Seen
from tests.support.visitor import Visitor
from vestibule.notices.models import Outbox
from vestibule.notices.values import LINK_LIFETIME
from vestibule.subjects.models import Subject

SECOND = "ann@second.example"
LINK = "Second address for notices at Host"
COOKIE = "vestibule-link-notices"
REMOVED = "Second address for notices removed at Host"


def asks(person: Visitor, address: str = SECOND) -> Seen:
    return person.fills_in("/security/notices", email=address)


def newest_link(mailbox: Mailbox) -> str:
    (mail,) = [one for one in mailbox.mails() if one["To"] == SECOND]
    assert mail["Subject"] == LINK
    return link_in(mail)


def presses(person: Visitor, page: Seen) -> Seen:
    return person.sends(page, page.form(action="/security/notices/confirm"))


def adds(mailbox: Mailbox, person: Visitor) -> None:
    asks(person)
    presses(person, person.opens(newest_link(mailbox)))


def recipients(mailbox: Mailbox, subject: str) -> list[str]:
    return sorted(str(one["To"]) for one in mailbox.mails() if one["Subject"] == subject)


def second_of(mailbox: Mailbox, person: Visitor) -> str:
    (row,) = [one for one in mailbox.host.rows(Subject) if one.id == person.subject_id]
    return str(row.second_address)


@pytest.mark.requirement("NOTE-3")
@pytest.mark.requirement("REC-10")
def test_from_the_link_on_every_notice_goes_to_both(mailbox: Mailbox, person: Visitor) -> None:
    page = asks(person)
    assert "A mail with a link is on its way." in page.text
    person.makes_new_backup_codes()
    told = mailbox.mails()
    assert {str(one["To"]) for one in told if one["Subject"] != LINK} == {"ann@example.org"}
    (mail,) = [one for one in told if one["Subject"] == LINK]
    assert mail["To"] == SECOND
    assert "the account ann at Host" in plain(mail)
    page = person.opens(link_in(mail))
    assert page.path == "/security/notices/confirm"
    assert SECOND in page.text
    assert second_of(mailbox, person) == ""
    page = presses(person, page)
    assert "From now on notices go to the second address too." in page.text
    both = ["ann@example.org", SECOND]
    assert recipients(mailbox, LINK) == both
    person.makes_new_backup_codes()
    assert recipients(mailbox, "New backup codes at Host") == both


@pytest.mark.requirement("NOTE-3")
def test_its_removal_is_told_to_both(mailbox: Mailbox, person: Visitor) -> None:
    adds(mailbox, person)
    mailbox.mails()
    page = person.opens("/security/notices")
    page = person.sends(page, page.form(action="/security/notices/remove"))
    assert "Notices go to the second address no more." in page.text
    assert recipients(mailbox, REMOVED) == ["ann@example.org", SECOND]
    assert mailbox.host.events("notices.address_removed")
    person.makes_new_backup_codes()
    assert recipients(mailbox, "New backup codes at Host") == ["ann@example.org"]


@pytest.mark.requirement("P4")
@pytest.mark.parametrize("by", ["ann@example.org", SECOND])
def test_one_that_a_thief_added_cannot_say_this_wasnt_me_for_ever(
    mailbox: Mailbox, person: Visitor, by: str
) -> None:
    """Else a program there would close the account again after each new password of the owner."""
    adds(mailbox, person)
    (told,) = [one for one in mailbox.mails() if one["Subject"] == LINK and one["To"] == by]
    person.makes_new_backup_codes()
    says_not_me(person.in_another_browser(), link_in(told))
    assert second_of(mailbox, person) == ""
    last = [one for one in mailbox.mails() if one["To"] == SECOND]
    assert REMOVED in {str(one["Subject"]) for one in last}
    assert all("token=" not in plain(one) for one in last)
    with mailbox.host.app.test_request_context():
        mailbox.host.vestibule.password_changed(Users().find("ann"))
    assert [str(one["To"]) for one in mailbox.mails()] == ["ann@example.org"]


def test_one_of_long_ago_stays_where_somebody_says_this_wasnt_me(
    mailbox: Mailbox, person: Visitor
) -> None:
    """Whoever reads the first mailbox alone does not silence the other."""
    adds(mailbox, person)
    mailbox.host.clock.moves(LINK_LIFETIME.total_seconds() + 1)
    person.signs_in()
    mailbox.host.revokes(person.user_id)
    person.in_another_browser().signs_in()
    told = [one for one in mailbox.mails() if one["To"] == "ann@example.org"][-1]
    says_not_me(person.in_another_browser(), link_in(told))
    assert second_of(mailbox, person) == SECOND


@pytest.mark.requirement("SES-13")
def test_a_stale_session_confirms_first(mailbox: Mailbox, person: Visitor) -> None:
    adds(mailbox, person)
    page = person.opens("/security/notices")
    mailbox.host.clock.moves(minutes=11)
    page = person.sends(page, page.form(action="/security/notices/remove"))
    assert page.status == 403
    assert "You are about to change where notices go." in page.text
    assert second_of(mailbox, person) == SECOND
    page = person.sends(page, page.form(action="/confirm"), totp_code=person.fresh_code())
    page = person.sends(page, page.form(action="/security/notices/remove"))
    assert second_of(mailbox, person) == ""
    mailbox.host.clock.moves(minutes=11)
    assert asks(person).status == 403
    assert second_of(mailbox, person) == ""


def test_opening_the_link_changes_nothing_and_signs_nobody_in(
    mailbox: Mailbox, person: Visitor
) -> None:
    asks(person)
    link = newest_link(mailbox)
    scanner = person.in_another_browser()
    for _ in range(2):
        assert scanner.opens(link).path == "/login"
    assert second_of(mailbox, person) == ""
    assert presses(person, person.opens(link)).status == 200
    assert person.opens(link).status == 410


def test_a_stranger_whose_address_was_named_by_mistake_hears_nothing(
    mailbox: Mailbox, person: Visitor
) -> None:
    asks(person)
    link = newest_link(mailbox)
    stranger = Visitor.new(mailbox.host, "ben")
    stranger.signs_in()
    assert stranger.opens(link).status == 410
    token = stranger.token("/security/notices")
    answer = stranger.posts("/security/notices/confirm", {"csrf_token": token})
    assert answer.status_code == 410
    assert second_of(mailbox, person) == second_of(mailbox, stranger) == ""


def test_what_is_revoked_meanwhile_voids_the_link(mailbox: Mailbox, person: Visitor) -> None:
    asks(person)
    link = newest_link(mailbox)
    mailbox.host.revokes(person.user_id)
    person.signs_in()
    assert person.opens(link).status == 410


def test_a_newer_link_replaces_the_older(mailbox: Mailbox, person: Visitor) -> None:
    asks(person)
    first = newest_link(mailbox)
    asks(person)
    second = newest_link(mailbox)
    assert person.opens(first).status == 410
    assert presses(person, person.opens(second)).status == 200


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("", "Enter an e-mail address"),
        ("nobody", "Enter an e-mail address"),
        ("a@b.example\r\nBcc: x@evil.example", "Enter an e-mail address"),
        ("Ann@example.org", "Notices go to this address already."),
    ],
)
def test_what_is_no_address_or_there_already(
    mailbox: Mailbox, person: Visitor, address: str, why: str
) -> None:
    page = asks(person, address)
    assert page.status == 422
    assert why in page.text
    assert mailbox.mails() == []


@pytest.mark.requirement("RL-9")
def test_five_links_in_a_day(mailbox: Mailbox, person: Visitor) -> None:
    statuses = [asks(person, f"n{number}@second.example").status for number in range(6)]
    assert statuses == [200] * 5 + [429]


def test_one_click_twice_at_once_is_told_once(mailbox: Mailbox, person: Visitor) -> None:
    asks(person)
    page = person.opens(newest_link(mailbox))
    form = page.form(action="/security/notices/confirm")
    copies = [person.with_the_same_cookies() for _ in range(2)]
    for one in copies:
        one.client.set_cookie(COOKIE, person.cookie(COOKIE) or "")
    at_once([lambda one=one: one.sends(page, form) for one in copies])
    assert len(mailbox.host.events("notices.address_added")) == 1


@pytest.mark.requirement("P6")
def test_a_wrong_session_at_the_last_moment_adds_nothing(mailbox: Mailbox, person: Visitor) -> None:
    asks(person)
    page = person.opens(newest_link(mailbox))
    mailbox.host.revokes(person.user_id)
    presses(person, page)
    assert second_of(mailbox, person) == ""


def test_it_goes_with_the_account(mailbox: Mailbox, person: Visitor) -> None:
    adds(mailbox, person)
    mailbox.mails()
    subject = person.subject_id
    with mailbox.host.app.test_request_context():
        user = db.session.scalar(select(User).filter_by(username="ann"))
        mailbox.host.vestibule.forget(user)
    assert recipients(mailbox, "Account at Host closed") == ["ann@example.org", SECOND]
    (row,) = [one for one in mailbox.host.rows(Subject) if one.id == subject]
    assert (row.contact, row.second_address) == ("", "")
    assert [row.recipient for row in mailbox.host.rows(Outbox)] == [""] * len(
        mailbox.host.rows(Outbox)
    )


@pytest.mark.parametrize("config", [{}, {"VESTIBULE_BASE_URL": BASE_URL}])
def test_where_no_mails_are_sent_no_page_offers_it(make: HostMaker, config: dict[str, str]) -> None:
    person = Visitor.new(make(**config), "ann")
    person.signs_in()
    assert person.opens("/security/notices").status == 404
    assert "Manage notices" not in person.opens("/security").text
