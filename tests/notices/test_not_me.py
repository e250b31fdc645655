"""“This wasn't me”: a click closes the account to everybody; opening the link does not."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from tests.notices.conftest import Mailbox, link_in, plain
from tests.stories import HostMaker
from tests.support.races import at_once
from tests.support.visitor import Visitor
from vestibule.notices.models import Outbox
from vestibule.notices.values import LINK_LIFETIME

GONE = "This link does not work any more"


def link_of_a_theft(mailbox: Mailbox, person: Visitor) -> tuple[Visitor, str]:
    """A thief signs in; what the owner's mail of it links to."""
    thief = person.in_another_browser("203.0.113.9")
    thief.signs_in()
    (mail,) = mailbox.mails()
    return thief, link_in(mail)


def says_not_me(owner: Visitor, link: str) -> None:
    page = owner.opens(link)
    assert (page.status, page.path, page.heading) == (200, "/not-me", "This wasn’t me")
    page = owner.sends(page, page.form(action="/not-me"))
    assert (page.path, page.heading) == ("/not-me/done", "Everything was ended")


@pytest.mark.requirement("NOTE-4")
@pytest.mark.requirement("REC-6")
def test_l59_opening_the_link_changes_nothing(mailbox: Mailbox, person: Visitor) -> None:
    thief, link = link_of_a_theft(mailbox, person)
    before = mailbox.host.snapshot()
    for _ in range(3):
        answer = person.in_another_browser().asks(link)
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "token" not in answer.headers["Location"]
        assert person.in_another_browser().opens(link).status == 200
    assert mailbox.host.snapshot() == before
    assert thief.is_signed_in()


def test_the_form_ends_every_session_and_asks_the_host_to_disable_the_password(
    mailbox: Mailbox, person: Visitor
) -> None:
    disabled = []
    mailbox.host.vestibule.password_disabled(lambda user: disabled.append(user.username))
    thief, link = link_of_a_theft(mailbox, person)
    between = person.in_another_browser()
    between.enters_password()
    says_not_me(person.in_another_browser(), link)
    assert disabled == ["ann"]
    assert not thief.is_signed_in()
    assert not person.is_signed_in()
    assert between.opens("/verify-2fa").path == "/login"
    (mail,) = mailbox.mails()
    assert mail["Subject"] == "Your account at Host is closed to everybody for now"
    assert "token=" not in plain(mail)


def test_it_works_once_and_takes_the_links_of_other_mails_along(
    mailbox: Mailbox, person: Visitor
) -> None:
    _, first = link_of_a_theft(mailbox, person)
    _, second = link_of_a_theft(mailbox, person)
    says_not_me(person.in_another_browser(), second)
    for link in (first, second):
        page = person.in_another_browser().opens(link)
        assert (page.status, page.heading) == (410, GONE)


def test_of_many_clicks_at_once_one_counts(mailbox: Mailbox, person: Visitor) -> None:
    _, link = link_of_a_theft(mailbox, person)
    owners = [person.in_another_browser() for _ in range(4)]
    pages = [owner.opens(link) for owner in owners]
    ended = at_once(
        [
            lambda owner=owner, page=page: owner.sends(page, page.form(action="/not-me")).path
            for owner, page in zip(owners, pages, strict=True)
        ]
    )
    assert sorted(ended) == ["/not-me"] * 3 + ["/not-me/done"]
    assert len(mailbox.host.events("password.disabled")) == 1


def test_a_password_set_at_that_very_moment_is_disabled_too(
    mailbox: Mailbox, person: Visitor
) -> None:
    """A thief who reads the mails had a link for a new one ready."""
    passwords = ["stolen"]

    def disabled(user: object) -> None:
        passwords.append("")
        if len(passwords) == 2:
            passwords.append("the thief's")
            mailbox.host.revokes(person.user_id)

    mailbox.host.vestibule.password_disabled(disabled)
    _, link = link_of_a_theft(mailbox, person)
    says_not_me(person.in_another_browser(), link)
    assert passwords[-1] == ""
    assert len(mailbox.host.events("password.disabled")) == 1


def test_a_thief_who_changes_the_account_does_not_void_the_link(
    mailbox: Mailbox, person: Visitor
) -> None:
    _, link = link_of_a_theft(mailbox, person)
    mailbox.host.revokes(person.user_id)
    says_not_me(person.in_another_browser(), link)


def test_what_the_host_cannot_do_is_not_said_to_be_done(
    mailbox: Mailbox, person: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(user: object) -> None:
        raise RuntimeError

    mailbox.host.vestibule.password_disabled(broken)
    _, link = link_of_a_theft(mailbox, person)
    owner = person.in_another_browser()
    page = owner.opens(link)
    assert owner.sends(page, page.form(action="/not-me")).status == 500
    mailbox.host.vestibule.password_disabled(lambda user: None)
    says_not_me(owner, link)


def test_of_a_user_who_is_gone_without_a_word_it_works_no_more(
    mailbox: Mailbox, person: Visitor
) -> None:
    _, link = link_of_a_theft(mailbox, person)
    with mailbox.host.engine.begin() as connection:
        connection.execute(text('DELETE FROM "user"'))
    owner = person.in_another_browser()
    page = owner.opens(link)
    page = owner.sends(page, page.form(action="/not-me"))
    assert (page.status, page.heading) == (410, GONE)


def test_links_end_and_cannot_be_made_from_the_database(mailbox: Mailbox, person: Visitor) -> None:
    _, link = link_of_a_theft(mailbox, person)
    stranger = person.in_another_browser()
    identity = next(row.id for row in mailbox.host.rows(Outbox) if row.id in link)
    for forged in (identity, identity + "0" * 64, link.split("token=")[1][::-1], "x", ""):
        assert stranger.opens(f"/not-me/link?token={forged}").status == 410
    assert stranger.opens("/not-me").status == 410
    mailbox.host.clock.moves(LINK_LIFETIME.total_seconds() + 1)
    assert stranger.opens(link).status == 410


def test_without_the_form_s_own_token_nothing_happens(mailbox: Mailbox, person: Visitor) -> None:
    thief, link = link_of_a_theft(mailbox, person)
    owner = person.in_another_browser()
    owner.opens(link)
    assert owner.posts("/not-me", {}).status_code == 422
    assert thief.is_signed_in()


def test_without_an_address_of_the_site_a_mail_has_no_link(make: HostMaker, tmp_path: Path) -> None:
    folder = tmp_path / "outbox"
    mailbox = Mailbox(
        make(VESTIBULE_MAIL=folder.as_uri(), VESTIBULE_MAIL_FROM="site@host.example"), folder
    )
    Visitor.new(mailbox.host, "ann").signs_in()
    for mail in mailbox.mails():
        assert mail["From"] == "Host <site@host.example>"
        assert "token=" not in plain(mail)
        assert "change your password" in plain(mail)


def test_where_the_host_cannot_disable_a_password_no_link_promises_it(
    mailbox: Mailbox, person: Visitor
) -> None:
    _, link = link_of_a_theft(mailbox, person)
    mailbox.host.app.extensions["vestibule"].users.disable_password = None
    assert person.in_another_browser().opens(link).status == 410
    person.makes_new_backup_codes()
    (mail,) = mailbox.mails()
    assert "token=" not in plain(mail)
