"""A new password in place of a forgotten one, with a link in a mail."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from sqlalchemy import Engine, event

from tests.ready_site.conftest import MakeSite, Site
from tests.ready_site.mailbox import confirms_address, links, mails, opens_link
from tests.ready_site.test_changing_password import another_browser, kinds
from tests.support.pages import Page
from tests.support.person import Person
from tests.support.races import at_once

NEW = "quite another passphrase 19"
SUBJECT = "New password for Vestibule"


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


def asks(site: Site, email: str, *, address: str = "192.0.2.7") -> httpx.Response:
    return site.person(address=address).fills_in("/forgot-password", email=email)


def link_for(site: Site, person: Person) -> str:
    asks(site, person.email)
    return links(site, SUBJECT)[-1]


def chooses(person: Person, page: httpx.Response, new: str = NEW) -> httpx.Response:
    return person.sends(page, Page(page.text).form(with_field="password"), password=new)


def resets(site: Site, link: str, new: str = NEW) -> httpx.Response:
    stranger = site.person()
    return chooses(stranger, opens_link(stranger, link), new)


def does_not_work(answer: httpx.Response) -> bool:
    return answer.status_code == 410 and "does not work any more" in answer.text


@pytest.mark.requirement("REC-1")
@pytest.mark.requirement("REC-11")
def test_with_the_link_a_new_password_and_then_the_second_step_as_ever(site: Site) -> None:
    person = site.registered("alice")
    person.sets_up_authenticator()
    confirms_address(site, person)
    link = link_for(site, person)
    assert link.startswith("http://localhost/reset-password?token=")
    fresh = another_browser(site, person)
    page = opens_link(fresh, link)
    assert "For the account alice" in Page(page.text).text
    answer = chooses(fresh, page)
    assert answer.url.path == "/login"
    assert "Your password is changed. Sign in with it." in answer.text
    assert not fresh.is_signed_in()
    assert not person.is_signed_in()
    assert fresh.enters_password().status_code == 422
    fresh.password = NEW
    assert fresh.enters_password().url.path == "/verify-2fa"
    assert not fresh.is_signed_in()
    fresh.enters_code()
    assert fresh.is_signed_in()
    assert {"link.made", "link.used", "password.changed"} <= set(kinds(site))
    assert len(site.rows("SELECT id FROM vestibule_authenticator")) == 1


@pytest.mark.requirement("ENUM-1")
def test_the_answer_is_the_same_whatever_was_typed(open_site: Site, alice: Person) -> None:
    unconfirmed = open_site.registered("bob")
    answers = set()
    for number, email in enumerate((alice.email, unconfirmed.email, "nobody@example.org")):
        answer = asks(open_site, email, address=f"192.0.2.{number + 20}")
        assert answer.status_code == 200
        answers.add(re.sub(r'value="[^"]*"', "", answer.text.replace(email, "EMAIL")))
        assert email in answer.text
    assert len(answers) == 1
    assert len(mails(open_site, SUBJECT)) == 1


@pytest.fixture
def statements() -> Iterator[list[str]]:
    """Every statement of every engine, as long as the story lasts."""
    said: list[str] = []

    def hear(*told: Any) -> None:
        said.append(told[2])

    event.listen(Engine, "before_cursor_execute", hear)
    yield said
    event.remove(Engine, "before_cursor_execute", hear)


@pytest.mark.requirement("ENUM-2")
def test_the_work_is_the_same_for_known_and_unknown_addresses(
    open_site: Site, alice: Person, statements: list[str]
) -> None:
    unconfirmed = open_site.registered("bob")
    work = []
    for number, email in enumerate((alice.email, unconfirmed.email, "nobody@example.org")):
        asker = open_site.person(address=f"192.0.2.{number + 20}")
        page = asker.opens("/forgot-password")
        statements.clear()
        asker.sends(page, Page(page.text).form(with_field="email"), email=email)
        work.append(list(statements))
    assert work[0] == work[1] == work[2]
    assert any("vestibule_outbox" in one for one in work[0])
    assert not any("FROM account" in one for one in work[0])
    rows = open_site.rows("SELECT * FROM vestibule_outbox WHERE kind = 'later'")
    assert len(rows) == 3
    assert "example.org" not in str(rows)
    assert len(mails(open_site, SUBJECT)) == 1
    assert kinds(open_site).count("password.forgotten") == 3


def test_the_mail_speaks_the_language_of_whoever_asked_and_the_event_says_from_where(
    open_site: Site, alice: Person
) -> None:
    asker = open_site.person(address="198.51.100.7")
    asker.browser.headers["Accept-Language"] = "vi"
    asker.fills_in("/forgot-password", email=alice.email)
    (mail,) = mails(open_site, "Mật khẩu mới")
    assert "198.51.100.7" in mail
    (row,) = open_site.rows("SELECT address FROM vestibule_event WHERE kind = 'password.forgotten'")
    assert row == {"address": "198.51.100.7"}


@pytest.mark.requirement("RL-6")
def test_after_a_reset_nobody_waits_for_what_was_tried_on_the_old_password(
    open_site: Site, alice: Person
) -> None:
    link = link_for(open_site, alice)
    for name in (alice.username, alice.email):
        guesser = open_site.person(name, address="203.0.113.5")
        guesser.password = "not it, whatever it is"
        for _ in range(5):
            guesser.enters_password()
        assert guesser.enters_password().status_code == 429
    resets(open_site, link)
    for name in (alice.username, alice.email):
        owner = open_site.person(name, address="198.51.100.7")
        owner.password = NEW
        assert owner.enters_password().url.path == "/dashboard"


@pytest.mark.requirement("REC-10")
def test_an_address_that_nobody_confirmed_gets_no_link(open_site: Site) -> None:
    person = open_site.registered("alice")
    asks(open_site, person.email)
    assert mails(open_site, SUBJECT) == []


@pytest.mark.requirement("REC-5")
@pytest.mark.requirement("RL-9")
def test_asking_often_fills_no_mailbox_and_changes_nothing(open_site: Site, alice: Person) -> None:
    for number in range(7):
        answer = asks(open_site, alice.email, address=f"192.0.2.{number + 20}")
        assert answer.status_code == 200
    assert len(mails(open_site, SUBJECT)) == 5
    assert alice.is_signed_in()
    assert another_browser(open_site, alice).enters_password().url.path == "/dashboard"


@pytest.mark.requirement("RL-9")
def test_one_address_may_ask_ten_times_in_an_hour(open_site: Site) -> None:
    statuses = [asks(open_site, f"n{number}@example.org").status_code for number in range(11)]
    assert statuses == [200] * 10 + [429]


@pytest.mark.requirement("REC-6")
def test_a_forged_host_does_not_reach_the_mail(open_site: Site, alice: Person) -> None:
    stranger = open_site.person()
    stranger.browser.headers["X-Forwarded-Host"] = "evil.example"
    page = stranger.opens("/forgot-password")
    stranger.browser.headers["Host"] = "evil.example"
    stranger.sends(page, Page(page.text).form(with_field="email"), email=alice.email)
    (text,) = mails(open_site, SUBJECT)
    assert "evil.example" not in text
    assert "http://localhost/reset-password" in text
    assert "192.0.2.1" in text


@pytest.mark.requirement("REC-7")
def test_l59_opening_the_link_changes_nothing_and_cleans_the_address(
    open_site: Site, alice: Person
) -> None:
    link = link_for(open_site, alice)
    token = link.partition("token=")[2]
    for _ in range(3):
        scanner = open_site.person()
        parts = urlsplit(link)
        first = scanner.browser.get(f"{parts.path}?{parts.query}", follow_redirects=False)
        assert first.status_code == 303
        assert first.headers["Location"] == "/reset-password"
        assert first.headers["Referrer-Policy"] == "no-referrer"
        cookie = first.headers["Set-Cookie"]
        assert cookie.startswith(f"vestibule-link-password={token};")
        assert "HttpOnly" in cookie
        page = scanner.opens("/reset-password")
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert token not in page.text
    assert alice.is_signed_in()
    assert resets(open_site, link).url.path == "/login"


@pytest.mark.requirement("REC-4")
def test_l07_a_link_works_once(open_site: Site, alice: Person) -> None:
    link = link_for(open_site, alice)
    tabs = [open_site.person() for _ in range(6)]
    pages = [opens_link(tab, link) for tab in tabs]
    answers = at_once(
        [
            lambda number=number: chooses(tabs[number], pages[number], f"{NEW} no {number}")
            for number in range(6)
        ]
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [410] * 5
    assert kinds(open_site).count("password.changed") == 1
    assert does_not_work(opens_link(open_site.person(), link))
    (winner,) = (number for number, answer in enumerate(answers) if answer.status_code == 200)
    alice.password = f"{NEW} no {winner}"
    assert another_browser(open_site, alice).enters_password().url.path == "/dashboard"


@pytest.mark.requirement("REC-4")
def test_a_newer_link_voids_the_older(open_site: Site, alice: Person) -> None:
    older, newer = link_for(open_site, alice), link_for(open_site, alice)
    assert does_not_work(opens_link(open_site.person(), older))
    assert resets(open_site, newer).url.path == "/login"


@pytest.mark.requirement("REC-4")
def test_a_changed_password_voids_the_link(open_site: Site, alice: Person) -> None:
    link = link_for(open_site, alice)
    tab = open_site.person()
    page = opens_link(tab, link)
    alice.fills_in("/security/password", current_password=alice.password, password=f"{NEW} mine")
    assert does_not_work(chooses(tab, page))
    alice.password = f"{NEW} mine"
    assert another_browser(open_site, alice).enters_password().url.path == "/dashboard"


@pytest.mark.requirement("REC-3")
def test_after_an_hour_the_link_is_over(open_site: Site, alice: Person) -> None:
    link = link_for(open_site, alice)
    (row,) = open_site.rows(
        "SELECT strftime('%s', ends_at) - strftime('%s', made_at) AS s "
        "FROM vestibule_one_time_token"
    )
    assert row["s"] == 3600
    open_site.rows("UPDATE vestibule_one_time_token SET ends_at = '2020-01-01 00:00:00'")
    assert does_not_work(opens_link(open_site.person(), link))


@pytest.mark.requirement("REC-4")
def test_l40_a_link_is_worth_nothing_for_another_purpose(open_site: Site, alice: Person) -> None:
    bob = open_site.registered("bob")
    page = bob.opens("/dashboard")
    bob.sends(page, Page(page.text).form(action="/confirm-email/send"))
    token = links(open_site, "Confirm your e-mail address")[-1].partition("token=")[2]
    assert does_not_work(open_site.person().opens(f"/reset-password?token={token}"))
    reset = link_for(open_site, alice).partition("token=")[2]
    assert does_not_work(alice.opens(f"/confirm-email?token={reset}"))
    for path in ("/reset-password", "/reset-password?token=", "/reset-password?token=%F0%9F%A6%8A"):
        assert does_not_work(open_site.person().opens(path))


@pytest.mark.requirement("P5")
def test_the_database_holds_no_token(open_site: Site, alice: Person) -> None:
    token = link_for(open_site, alice).partition("token=")[2]
    for row in open_site.rows("SELECT * FROM vestibule_one_time_token"):
        assert token not in str(row)
    assert token not in str(open_site.rows("SELECT * FROM vestibule_event"))


@pytest.mark.requirement("PW-8")
def test_the_new_password_is_judged_and_the_link_waits(open_site: Site, alice: Person) -> None:
    tab = open_site.person()
    page = opens_link(tab, link_for(open_site, alice))
    answer = chooses(tab, page, "short")
    assert answer.status_code == 422
    assert "it needs 15 or more" in answer.text
    assert chooses(tab, answer).url.path == "/login"


def test_somebody_else_who_is_signed_in_there_is_signed_out(open_site: Site, alice: Person) -> None:
    bob = open_site.registered("bob")
    page = opens_link(bob, link_for(open_site, alice))
    assert bob.is_signed_in()
    assert chooses(bob, page).url.path == "/login"
    assert not bob.is_signed_in()


def test_a_deleted_account_has_no_link(open_site: Site, alice: Person) -> None:
    link = link_for(open_site, alice)
    open_site.rows("DELETE FROM account")
    assert does_not_work(opens_link(open_site.person(), link))


@pytest.mark.requirement("P6")
def test_without_its_event_nothing_changes_and_the_link_still_works(
    open_site: Site, alice: Person
) -> None:
    link = link_for(open_site, alice)
    (before,) = open_site.rows("SELECT password_hash FROM account")
    open_site.rows(
        "CREATE TRIGGER no_event BEFORE INSERT ON vestibule_event "
        "WHEN NEW.kind = 'password.changed' BEGIN SELECT RAISE(ABORT, 'no'); END"
    )
    assert resets(open_site, link).status_code == 500
    assert open_site.rows("SELECT password_hash FROM account") == [before]
    open_site.rows("DROP TRIGGER no_event")
    assert resets(open_site, link).url.path == "/login"


def test_a_full_outbox_changes_no_answer_and_is_told_to_the_operator(
    open_site: Site, alice: Person, caplog: pytest.LogCaptureFixture
) -> None:
    outbox, elsewhere = open_site.instance / "outbox", open_site.instance / "elsewhere"
    open_site.mails()
    outbox.rename(elsewhere)
    outbox.write_text("in the way")
    assert asks(open_site, alice.email).status_code == 200
    assert open_site.app.extensions["vestibule"].send_notices().failed == 1
    assert "could not be sent" in caplog.text
    assert "token=" not in caplog.text
    outbox.unlink()
    elsewhere.rename(outbox)
    assert resets(open_site, link_for(open_site, alice)).url.path == "/login"


@pytest.mark.requirement("REC-6")
def test_a_site_that_does_not_know_its_address_offers_no_links(make_site: MakeSite) -> None:
    site = make_site(policy="optional", base_url="")
    person = site.registered("alice")
    assert "Confirm address" not in person.opens("/dashboard").text
    stranger = site.person()
    assert "Forgot your password?" not in stranger.opens("/login").text
    assert stranger.opens("/forgot-password").status_code == 404
