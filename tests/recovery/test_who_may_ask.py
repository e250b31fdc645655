"""Who may ask for a recovery, and when: password and mailbox, and neither stolen yesterday."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.notices.conftest import Mailbox
from tests.recovery.conftest import (
    allows_recovery,
    asks,
    asks_for_link,
    host_with_recovery,
    newest_link,
)
from tests.stories import HostMaker
from tests.support.host_tables import User, Users, db
from tests.support.recovering import begins_set_up
from tests.support.visitor import Visitor
from vestibule import Purpose, Required
from vestibule.one_time_tokens.flows import look_up
from vestibule.recovery.models import Recovery
from vestibule.recovery.values import BARRED_FOR
from vestibule.signin.schedule import RECOVERY_ASKED

Happens = Callable[[Mailbox, Visitor], object]


@pytest.fixture
def lost(ann: Visitor) -> Visitor:
    return ann.in_another_browser("198.51.100.7")


def is_refused(person: Visitor, words: str = "") -> None:
    """Neither the page offers it, nor does a form sent all the same do anything."""
    person.enters_password()
    page = person.opens("/recover")
    assert words in page.text
    with pytest.raises(LookupError):
        page.form(action="/recover")
    token = page.form(action="/verify-2fa/cancel").fields["csrf_token"]
    assert person.posts("/recover", {"csrf_token": token}).status_code == 422
    assert person.host.rows(Recovery) == []


def resets_by_mail(mailbox: Mailbox, person: Visitor) -> None:
    """As the ready site does, and any host that uses our links."""
    host = mailbox.host
    with host.app.test_request_context():
        user = Users().find(person.username)
        link = host.vestibule.one_time_link(
            user, Purpose.PASSWORD, "login", lifetime=timedelta(hours=1)
        )
        found = look_up(host.services, link.partition("token=")[2], Purpose.PASSWORD)
        with host.services.database.write() as connection:
            host.vestibule.use_link(found, user, Purpose.PASSWORD, connection=connection)


def changes_password_from_outside(mailbox: Mailbox, person: Visitor) -> None:
    """What a host's own reset says, with or without a link of ours."""
    with mailbox.host.app.test_request_context():
        mailbox.host.vestibule.password_changed(Users().find(person.username))


def changes_address(mailbox: Mailbox, person: Visitor) -> None:
    with mailbox.host.app.test_request_context():
        user = db.session.scalar(select(User).filter_by(username=person.username))
        user.email = "another@example.org"
        db.session.commit()
        mailbox.host.vestibule.addresses_changed(user)


@pytest.mark.requirement("REC-2")
@pytest.mark.parametrize(
    "happens", [resets_by_mail, changes_password_from_outside, changes_address]
)
def test_l38_l39_not_for_30_days_after_the_mailbox_may_have_opened_the_account(
    mailbox: Mailbox, lost: Visitor, happens: Happens
) -> None:
    happens(mailbox, lost)
    is_refused(lost, "It can be asked for from")
    mailbox.host.clock.moves((BARRED_FOR - timedelta(minutes=5)).total_seconds())
    is_refused(lost, "It can be asked for from")
    mailbox.host.clock.moves(timedelta(minutes=5).total_seconds())
    mailbox.mails()
    asks(lost, mailbox)
    assert len(mailbox.host.rows(Recovery)) == 1


@pytest.mark.parametrize("happens", [resets_by_mail, changes_password_from_outside])
def test_a_reset_between_the_mail_and_the_confirmation_is_seen(
    mailbox: Mailbox, lost: Visitor, happens: Happens
) -> None:
    asks_for_link(lost)
    page = lost.opens(newest_link(mailbox))
    happens(mailbox, lost)
    lost.sends(page, page.form(action="/recover/confirm"))
    assert mailbox.host.rows(Recovery) == []


def test_a_password_changed_by_somebody_inside_does_not_bar_it(
    mailbox: Mailbox, ann: Visitor, lost: Visitor
) -> None:
    assert ann.posts("/new-password", {}).text == "changed"
    mailbox.mails()
    asks(lost, mailbox)
    assert len(mailbox.host.rows(Recovery)) == 1


def test_l38_a_link_from_the_mailbox_is_no_password(mailbox: Mailbox, lost: Visitor) -> None:
    lost.posts("/login-with-link", {"username": lost.username})
    page = lost.opens("/recover")
    assert "Sign in with your password to ask for it." in page.text
    token = page.form(action="/verify-2fa/cancel").fields["csrf_token"]
    assert lost.posts("/recover", {"csrf_token": token}).status_code == 422


def test_nor_does_it_finish_what_was_asked_with_the_password(
    mailbox: Mailbox, lost: Visitor
) -> None:
    asks(lost, mailbox)
    mailbox.host.clock.moves(timedelta(hours=73).total_seconds())
    thief = lost.in_another_browser()
    thief.posts("/login-with-link", {"username": lost.username})
    page = thief.opens("/recover")
    assert "Sign in with your password to ask for it." in page.text
    assert "@" not in page.text.replace("help@host.example", "")
    assert begins_set_up(thief).status == 422
    assert not thief.opens("/setup-2fa").shows_a_secret


def test_nor_is_a_remembered_browser(make: HostMaker, tmp_path: Path) -> None:
    mailbox = host_with_recovery(make, tmp_path, REMEMBER=True)
    ann = Visitor.new(mailbox.host, "ann")
    ann.signs_in()
    thief = ann.in_another_browser()
    thief.client.set_cookie("vestibule-remember", ann.cookie("vestibule-remember") or "")
    assert thief.opens("/dashboard").path == "/verify-2fa"
    assert "Sign in with your password to ask for it." in thief.opens("/recover").text


def test_without_a_confirmed_address_there_is_none(mailbox: Mailbox, lost: Visitor) -> None:
    allows_recovery(mailbox.host, ann=None)
    is_refused(lost, "It needs an e-mail address of yours that you confirmed before.")
    mailbox.host.app.extensions["vestibule"].users.confirmed_address_of = None
    is_refused(lost, "It needs an e-mail address of yours that you confirmed before.")


def test_an_address_that_no_notice_goes_to_does_not_count(mailbox: Mailbox, lost: Visitor) -> None:
    allows_recovery(mailbox.host, ann="elsewhere@example.org")
    is_refused(lost, "It needs an e-mail address of yours that you confirmed before.")


def test_another_confirmed_address_voids_what_the_old_one_asked_for(
    mailbox: Mailbox, lost: Visitor
) -> None:
    mailbox.host.vestibule.addresses(lambda user: [user.email, "second@example.org"])
    lost.enters_password()
    mailbox.host.clock.moves(BARRED_FOR.total_seconds())
    asks(lost, mailbox)
    allows_recovery(mailbox.host, ann="second@example.org")
    mailbox.host.clock.moves(timedelta(hours=73).total_seconds())
    lost.enters_password()
    assert begins_set_up(lost).status == 422


@pytest.mark.parametrize("policy", ["off", Required(by_link=True)])
def test_where_the_policy_leaves_it_to_administrators_there_is_none(
    mailbox: Mailbox, lost: Visitor, policy: object
) -> None:
    mailbox.host.vestibule.policy(lambda user, context: policy)
    is_refused(lost)
    assert "waiting time" not in lost.opens("/recover").text


def test_l40_the_link_of_one_account_and_the_password_of_another(
    mailbox: Mailbox, lost: Visitor
) -> None:
    eve = Visitor.new(mailbox.host, "eve")
    eve.signs_in()
    eve = eve.in_another_browser("203.0.113.9")
    asks_for_link(eve)
    link = newest_link(mailbox)
    lost.enters_password()
    page = lost.opens(link)
    assert page.status == 410
    assert "It is for another account." in page.text
    # Nor with the page of the own link and the cookie of the other.
    asks_for_link(lost)
    page = lost.opens(newest_link(mailbox))
    lost.client.set_cookie("vestibule-link-recovery", link.partition("token=")[2])
    assert lost.sends(page, page.form(action="/recover/confirm")).status == 410
    assert mailbox.host.rows(Recovery) == []


def test_the_link_works_for_an_hour_and_the_newest_one_alone(
    mailbox: Mailbox, lost: Visitor
) -> None:
    asks_for_link(lost)
    old = newest_link(mailbox)
    asks_for_link(lost)
    new = newest_link(mailbox)
    assert lost.opens(old).status == 410
    assert lost.opens(new).path == "/recover/confirm"
    mailbox.host.clock.moves(3600)
    page = lost.opens(new)
    assert page.status == 410
    assert "It worked for 1 hour." in page.text


def test_so_many_mails_and_no_more(mailbox: Mailbox, lost: Visitor) -> None:
    for _ in range(RECOVERY_ASKED.limit):
        asks_for_link(lost)
    assert asks_for_link(lost).status == 429
    assert len(mailbox.mails()) == RECOVERY_ASKED.limit


def test_one_at_a_time(mailbox: Mailbox, lost: Visitor) -> None:
    asks_for_link(lost)
    page = lost.opens(newest_link(mailbox))
    form = page.form(action="/recover/confirm")
    lost.sends(page, form)
    (first,) = mailbox.host.rows(Recovery)
    lost.enters_password()
    token = lost.token("/recover")
    assert lost.posts("/recover", {"csrf_token": token}).status_code == 422
    assert mailbox.host.rows(Recovery) == [first]


@pytest.mark.parametrize("path", ["/recover", "/recover/confirm"])
def test_a_stranger_is_led_to_the_sign_in_page_or_told_that_there_is_no_link(
    mailbox: Mailbox, lost: Visitor, path: str
) -> None:
    page = lost.opens(path)
    assert page.path == "/login" or page.status == 410


def test_somebody_signed_in_needs_none(mailbox: Mailbox, ann: Visitor) -> None:
    assert ann.opens("/recover").path == "/dashboard"
