"""Showing that the mailbox of an account is one's own."""

from __future__ import annotations

import pytest

from tests.ready_site.conftest import MakeSite, Site
from tests.ready_site.mailbox import confirms_address, links, mails, opens_link
from tests.ready_site.test_changing_password import kinds
from tests.support.pages import Page
from tests.support.person import Person

SUBJECT = "Confirm your e-mail address"


@pytest.fixture
def open_site(make_site: MakeSite) -> Site:
    return make_site(policy="optional")


def confirmed(site: Site) -> list[str]:
    rows = site.rows("SELECT username FROM account WHERE email_confirmed_at IS NOT NULL")
    return [row["username"] for row in rows]


def sends_for(person: Person) -> None:
    page = person.opens("/dashboard")
    person.sends(page, Page(page.text).form(action="/confirm-email/send"))


def test_a_button_a_mail_a_link_and_a_button(open_site: Site) -> None:
    person = open_site.registered("alice")
    assert "Not confirmed yet" in person.opens("/dashboard").text
    answer = confirms_address(open_site, person)
    assert answer.url.path == "/dashboard"
    assert "Your e-mail address is confirmed." in answer.text
    assert "Not confirmed yet" not in answer.text
    assert confirmed(open_site) == ["alice"]
    assert "email.confirmed" in kinds(open_site)
    again = opens_link(person, links(open_site, SUBJECT)[-1])
    assert again.status_code == 410


@pytest.mark.requirement("NOTE-3")
def test_from_then_on_notices_go_there_where_too_many_had_typed_it(open_site: Site) -> None:
    person = open_site.registered("alice")
    open_site.rows("UPDATE account SET hears = false")
    open_site.rows("UPDATE vestibule_subject SET contact = ''")
    confirms_address(open_site, person)
    person.sets_up_authenticator()
    assert [mail.to for mail in mails(open_site, "Authenticator added")] == [person.email]


@pytest.mark.parametrize("email", ["jürgen@bücher.example", "用户@例子.广告"])
def test_an_address_in_the_letters_of_any_language_gets_its_mails(
    open_site: Site, email: str
) -> None:
    person = open_site.person("alice")
    person.email = email
    person.registers()
    confirms_address(open_site, person)
    assert confirmed(open_site) == ["alice"]


def test_l59_opening_the_link_confirms_nothing(open_site: Site) -> None:
    person = open_site.registered("alice")
    sends_for(person)
    page = opens_link(open_site.person(), links(open_site, SUBJECT)[-1])
    assert "alice@example.org" in page.text
    assert confirmed(open_site) == []


def test_one_account_has_an_address(open_site: Site) -> None:
    first, second = open_site.registered("first"), open_site.person("second")
    second.email = first.email
    second.registers()
    confirms_address(open_site, second)
    sends_for(first)
    page = opens_link(first, links(open_site, SUBJECT)[-1])
    answer = first.sends(page, Page(page.text).form(action="/confirm-email"))
    assert answer.status_code == 422
    assert "confirmed for another account already" in answer.text
    assert confirmed(open_site) == ["second"]


@pytest.mark.requirement("RL-9")
def test_the_mails_are_counted(open_site: Site) -> None:
    person = open_site.registered("alice")
    page = person.opens("/dashboard")
    form = Page(page.text).form(action="/confirm-email/send")
    # The mail about the account itself was the first of five in a day.
    assert [person.sends(page, form).status_code for _ in range(5)] == [200] * 4 + [429]
    assert len(mails(open_site, SUBJECT)) == 4


def test_only_somebody_signed_in_has_it_sent_and_only_by_the_form(open_site: Site) -> None:
    assert open_site.person().browser.post("/confirm-email/send").url.path == "/login"
    person = open_site.registered("alice")
    assert person.browser.post("/confirm-email/send").status_code == 403
    assert mails(open_site, SUBJECT) == []
