"""Another e-mail address for one's account: asked for, told, confirmed."""

from __future__ import annotations

import re

import httpx
import pytest

from tests.ready_site.conftest import MakeSite, Site
from tests.ready_site.mailbox import confirms_address, links, mails, opens_link
from tests.ready_site.test_changing_password import another_browser, kinds
from tests.ready_site.test_forgotten_password import asks as forgets
from tests.ready_site.test_forgotten_password import does_not_work
from tests.support.movable import in_a_thread_of_its_own
from tests.support.pages import Page
from tests.support.person import Person
from tests.support.races import at_once
from vestibule.ready_site import changing_email

NEW = "alice@new.example"
LINK = "Your new e-mail address"
ASKED = "Another e-mail address asked for"
CHANGED = "E-mail address of your account"
BELONGS = "Your e-mail address and another account"
RESET = "New password for"


@pytest.fixture
def open_site(make_site: MakeSite) -> Site:
    """A site where the password alone signs in."""
    return make_site(policy="optional")


@pytest.fixture
def alice(open_site: Site) -> Person:
    """Has confirmed the address, and is signed in."""
    person = open_site.registered("alice")
    confirms_address(open_site, person)
    return person


def asks(person: Person, email: str = NEW, password: str | None = None) -> httpx.Response:
    return person.fills_in(
        "/security/email", email=email, current_password=password or person.password
    )


def presses(person: Person, page: httpx.Response) -> httpx.Response:
    return person.sends(page, Page(page.text).form(action="/security/email/confirm"))


def confirms(site: Site, person: Person) -> httpx.Response:
    return presses(person, opens_link(person, links(site, LINK)[-1]))


def address_of(site: Site, username: str) -> str:
    (row,) = site.rows("SELECT email FROM account WHERE username = :name", name=username)
    return str(row["email"])


@pytest.mark.requirement("REC-10")
@pytest.mark.requirement("NOTE-3")
def test_the_old_address_rules_until_a_click_at_the_new_one(site: Site) -> None:
    person = site.registered("alice")
    person.sets_up_authenticator()
    confirms_address(site, person)
    elsewhere = another_browser(site, person)
    elsewhere.signs_in()
    answer = asks(person)
    assert answer.status_code == 200
    assert f"on its way to {NEW}" in Page(answer.text).text
    assert [mail.to for mail in mails(site, ASKED)] == [person.email]
    assert [mail.to for mail in mails(site, LINK)] == [NEW]
    assert address_of(site, "alice") == person.email
    forgets(site, NEW)
    assert mails(site, RESET) == []

    page = opens_link(person, links(site, LINK)[-1])
    assert "in place of alice@example.org" in Page(page.text).text
    assert address_of(site, "alice") == person.email
    before = person.browser.cookies["vestibule"]
    answer = presses(person, page)
    assert answer.url.path == "/dashboard"
    assert "Your e-mail address is changed." in answer.text
    assert address_of(site, "alice") == NEW
    assert person.browser.cookies["vestibule"] != before
    assert not elsewhere.is_signed_in()
    assert sorted(mail.to for mail in mails(site, CHANGED)) == ["alice@example.org", NEW]
    assert {"email.change_asked", "email.changed", "link.used"} <= set(kinds(site))
    forgets(site, NEW)
    assert [mail.to for mail in mails(site, RESET)] == [NEW]


@pytest.mark.requirement("SES-13")
def test_it_wants_the_password_and_a_fresh_second_step(site: Site) -> None:
    person = site.registered("alice")
    person.sets_up_authenticator()
    answer = asks(person, password="not my password")
    assert answer.status_code == 422
    assert "The current password is not right." in answer.text
    assert NEW in answer.text
    assert mails(site, LINK) == []
    site.rows(
        "UPDATE vestibule_session SET second_step_at = '2020-01-01', first_step_at = '2020-01-01'"
    )
    answer = person.opens("/security/email")
    assert answer.url.path == "/confirm"
    assert "You are about to change your e-mail address." in answer.text


@pytest.mark.requirement("P8")
def test_an_address_of_another_account_is_never_told(open_site: Site, alice: Person) -> None:
    bob = open_site.registered("bob")
    free = asks(bob, "nobody@new.example")
    taken = asks(bob, alice.email)
    texts = [re.sub(r'value="[^"]*"', "", answer.text) for answer in (free, taken)]
    assert texts[1].replace(alice.email, "nobody@new.example") == texts[0]
    assert [mail.to for mail in mails(open_site, LINK)] == ["nobody@new.example"]
    (mail,) = mails(open_site, BELONGS)
    assert mail.to == alice.email
    assert "belongs to your account alice" in mail
    assert "bob" not in mail
    assert "token=" not in mail


@pytest.mark.requirement("P8")
def test_an_address_that_was_only_typed_elsewhere_is_free(open_site: Site) -> None:
    first, second = open_site.registered("first"), open_site.registered("second")
    asks(second, first.email)
    assert confirms(open_site, second).url.path == "/dashboard"
    assert address_of(open_site, "second") == first.email
    # Now it is taken, and whoever reads the mailbox is told.
    person = first
    page = person.opens("/dashboard")
    person.sends(page, Page(page.text).form(action="/confirm-email/send"))
    page = opens_link(person, links(open_site, "Confirm your e-mail address")[-1])
    answer = person.sends(page, Page(page.text).form(action="/confirm-email"))
    assert "confirmed for another account already" in answer.text


@pytest.mark.requirement("REC-4")
def test_links_that_went_to_the_old_address_die_with_it(open_site: Site, alice: Person) -> None:
    forgets(open_site, alice.email)
    reset = links(open_site, RESET)[-1]
    asks(alice)
    confirms(open_site, alice)
    assert does_not_work(opens_link(open_site.person(), reset))


@pytest.mark.requirement("REC-4")
def test_a_reset_link_made_at_the_very_moment_of_the_change_is_for_the_old_address_only(
    open_site: Site, alice: Person
) -> None:
    """The address was looked up before the change, the link made after it."""
    forgets(open_site, alice.email)
    reset = links(open_site, RESET)[-1]
    asks(alice)
    confirms(open_site, alice)
    open_site.rows(
        "UPDATE vestibule_one_time_token SET version = "
        "(SELECT version FROM vestibule_subject) WHERE kind = 'password'"
    )
    (before,) = open_site.rows("SELECT password_hash FROM account")
    thief = open_site.person()
    page = opens_link(thief, reset)
    new = "a passphrase that the thief chose"
    answer = thief.sends(page, Page(page.text).form(with_field="password"), password=new)
    assert does_not_work(answer)
    assert open_site.rows("SELECT password_hash FROM account") == [before]


def test_a_newer_request_replaces_the_older(open_site: Site, alice: Person) -> None:
    asks(alice, "first@new.example")
    asks(alice, "second@new.example")
    first, second = links(open_site, LINK)
    assert does_not_work(opens_link(alice, first))
    presses(alice, opens_link(alice, second))
    assert address_of(open_site, "alice") == "second@new.example"
    assert does_not_work(opens_link(alice, second))


def test_looking_at_the_link_changes_nothing(open_site: Site, alice: Person) -> None:
    asks(alice)
    scanner = open_site.person()
    for _ in range(3):
        assert opens_link(scanner, links(open_site, LINK)[-1]).url.path == "/login"
    assert address_of(open_site, "alice") == alice.email
    assert confirms(open_site, alice).url.path == "/dashboard"


def test_whoever_reads_the_new_mailbox_alone_gets_nothing(open_site: Site, alice: Person) -> None:
    """The address was mistyped, and is a stranger's, who has an account here too perhaps."""
    asks(alice)
    link = links(open_site, LINK)[-1]
    assert opens_link(open_site.person(), link).url.path == "/login"
    bob = open_site.registered("bob")
    page = opens_link(bob, link)
    assert page.status_code == 409
    assert "This link is for another account" in page.text
    assert "alice" not in page.text
    # A form of bob's own, sent by hand.
    form = Page(bob.opens("/security/email").text).form(with_field="email")
    answer = bob.browser.post(
        "/security/email/confirm", data={"csrf_token": form.fields["csrf_token"]}
    )
    assert answer.status_code == 409
    assert address_of(open_site, "alice") == alice.email


def test_the_link_opens_in_another_browser_after_signing_in_there(
    open_site: Site, alice: Person
) -> None:
    asks(alice)
    phone = another_browser(open_site, alice)
    page = opens_link(phone, links(open_site, LINK)[-1])
    assert page.url.path == "/login"
    fields = {"username": alice.username, "password": alice.password}
    page = phone.sends(page, Page(page.text).form(with_field="password"), **fields)
    assert page.url.path == "/security/email/confirm"
    assert presses(phone, page).url.path == "/dashboard"
    assert address_of(open_site, "alice") == NEW
    assert not alice.is_signed_in()


@pytest.mark.requirement("NOTE-2")
def test_this_wasnt_me_at_the_old_address_voids_the_link(open_site: Site, alice: Person) -> None:
    asks(alice)
    (told,) = mails(open_site, ASKED)
    owner = open_site.person()
    page = opens_link(owner, told.link)
    owner.sends(page, Page(page.text).form(action="/not-me"))
    assert not alice.is_signed_in()
    thief = another_browser(open_site, alice)
    assert thief.enters_password().status_code == 422
    assert does_not_work(opens_link(open_site.registered("bob"), links(open_site, LINK)[-1]))
    forgets(open_site, alice.email)
    assert [mail.to for mail in mails(open_site, RESET)] == [alice.email]


def test_after_a_change_that_is_disputed_neither_mailbox_gets_the_account(
    open_site: Site, alice: Person
) -> None:
    """A thief with the password took the address; the old mailbox says so afterwards."""
    asks(alice)
    confirms(open_site, alice)
    (told,) = [mail for mail in mails(open_site, CHANGED) if mail.to == alice.email]
    owner = open_site.person()
    page = opens_link(owner, told.link)
    owner.sends(page, Page(page.text).form(action="/not-me"))
    assert not alice.is_signed_in()
    for number, address in enumerate((alice.email, NEW)):
        forgets(open_site, address, address=f"192.0.2.{number + 40}")
    assert mails(open_site, RESET) == []


def test_nor_where_the_change_comes_while_it_is_disputed(open_site: Site, alice: Person) -> None:
    """The thief presses the button at the very moment at which the owner says "This wasn't me"."""
    asks(alice)
    (told,) = mails(open_site, ASKED)
    page = opens_link(alice, links(open_site, LINK)[-1])
    users = open_site.app.extensions["vestibule"].users
    disables, changes = users.disable_password, [lambda: presses(alice, page)]

    def disable_password(account: object) -> None:
        disables(account)
        while changes:
            in_a_thread_of_its_own(changes.pop())

    users.disable_password = disable_password
    owner = open_site.person()
    page_of_it = opens_link(owner, told.link)
    owner.sends(page_of_it, Page(page_of_it.text).form(action="/not-me"))
    assert (address_of(open_site, "alice"), alice.is_signed_in()) == (NEW, False)
    forgets(open_site, NEW)
    assert mails(open_site, RESET) == []


def test_weeks_after_a_change_the_new_mailbox_has_a_new_password_sent(
    open_site: Site, alice: Person
) -> None:
    asks(alice)
    confirms(open_site, alice)
    open_site.rows("UPDATE account SET email_changed_at = '2020-01-01'")
    told = next(mail for mail in mails(open_site, CHANGED) if mail.to == NEW)
    page = opens_link(open_site.person(), told.link)
    owner = open_site.person()
    page = opens_link(owner, told.link)
    owner.sends(page, Page(page.text).form(action="/not-me"))
    forgets(open_site, NEW)
    assert [mail.to for mail in mails(open_site, RESET)] == [NEW]


@pytest.mark.requirement("P7")
def test_a_session_that_was_ended_meanwhile_asks_for_nothing(
    open_site: Site, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = changing_email.require_password

    def while_the_owner_signs_out_everywhere(*given: object) -> None:
        real(*given)  # type: ignore[arg-type]
        open_site.rows("UPDATE vestibule_subject SET version = version + 1")

    monkeypatch.setattr(changing_email, "require_password", while_the_owner_signs_out_everywhere)
    assert asks(alice).url.path == "/login"
    assert mails(open_site, LINK) == mails(open_site, ASKED) == []
    assert open_site.rows("SELECT * FROM vestibule_one_time_token") == []


@pytest.mark.requirement("RL-9")
def test_five_in_a_day_and_no_mailbox_is_filled(open_site: Site, alice: Person) -> None:
    statuses = [asks(alice, f"n{number}@new.example").status_code for number in range(3)]
    bob = open_site.registered("bob")
    for _ in range(4):
        assert asks(bob, "n0@new.example").status_code == 200
    assert statuses == [200] * 3
    assert [mail.to for mail in mails(open_site, LINK)].count("n0@new.example") == 5
    assert [asks(bob, f"m{number}@new.example").status_code for number in range(2)] == [200, 429]


@pytest.mark.requirement("REC-6")
def test_a_forged_host_does_not_reach_the_mail(open_site: Site, alice: Person) -> None:
    page = alice.opens("/security/email")
    alice.browser.headers["Host"] = "evil.example"
    alice.browser.headers["X-Forwarded-Host"] = "evil.example"
    fields = {"email": NEW, "current_password": alice.password}
    alice.sends(page, Page(page.text).form(with_field="email"), **fields)
    (mail,) = mails(open_site, LINK)
    assert "evil.example" not in mail
    assert mail.link.startswith("http://localhost/security/email/confirm?token=")


@pytest.mark.requirement("P6")
@pytest.mark.parametrize("kind", ["email.changed", "link.used"])
def test_without_its_event_no_address_is_changed(open_site: Site, alice: Person, kind: str) -> None:
    asks(alice)
    open_site.rows(
        "CREATE TRIGGER no_event BEFORE INSERT ON vestibule_event "
        f"WHEN NEW.kind = '{kind}' BEGIN SELECT RAISE(ABORT, 'no'); END"
    )
    assert confirms(open_site, alice).status_code == 500
    assert address_of(open_site, "alice") == alice.email
    assert alice.is_signed_in()
    assert mails(open_site, CHANGED) == []


@pytest.mark.parametrize("round_", range(2))
def test_of_two_accounts_that_confirm_an_address_at_once_one_has_it(
    make_site: MakeSite, database_url: str, round_: int
) -> None:
    site = make_site(policy="optional", database=database_url)
    people = [site.registered(name) for name in ("first", "second")]
    for person in people:
        asks(person, NEW)
    pages = [opens_link(*both) for both in zip(people, links(site, LINK), strict=True)]
    answers = at_once(
        [lambda number=number: presses(people[number], pages[number]) for number in range(2)]
    )
    assert sorted(answer.status_code for answer in answers) == [200, 422]
    rows = site.rows("SELECT username FROM account WHERE email = :email", email=NEW)
    assert len(rows) == 1
    assert kinds(site).count("email.changed") == 1


def test_one_click_twice_at_once_is_one_change(make_site: MakeSite, database_url: str) -> None:
    site = make_site(policy="optional", database=database_url)
    person = site.registered("alice")
    asks(person)
    page = opens_link(person, links(site, LINK)[-1])
    at_once([lambda: presses(person, page)] * 2)
    assert kinds(site).count("email.changed") == 1
    assert address_of(site, "alice") == NEW


def test_without_an_address_of_the_site_no_page_offers_it(make_site: MakeSite) -> None:
    site = make_site(policy="optional", base_url="")
    person = site.registered("alice")
    assert "Change e-mail address" not in person.opens("/dashboard").text
    assert person.opens("/security/email").status_code == 404


def test_the_address_it_has_is_no_new_one(open_site: Site, alice: Person) -> None:
    answer = asks(alice, alice.email.upper())
    assert answer.status_code == 422
    assert "This is the address of your account already." in answer.text
