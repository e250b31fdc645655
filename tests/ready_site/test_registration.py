"""Making an account."""

from __future__ import annotations

import email
import email.policy
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import httpx
import pytest

from tests.ready_site.conftest import MakeSite, Site
from tests.support.pages import Page
from tests.support.person import Person


def test_who_registers_is_led_to_the_second_step(site: Site) -> None:
    person = site.person("Zoë Miller")
    person.email = "zoë@example.org"
    answer = person.registers()
    assert answer.url.path == "/setup-2fa"
    (account,) = site.rows("SELECT * FROM account")
    assert account["username"] == "Zoë Miller"
    assert account["email_confirmed_at"] is None
    assert account["password_hash"].startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_before_the_second_step_nothing_else_opens(site: Site) -> None:
    person = site.registered()
    assert person.opens("/dashboard").url.path == "/setup-2fa"
    assert not person.is_signed_in()


@pytest.mark.requirement("CFG-4")
def test_the_account_and_its_event_come_together(site: Site) -> None:
    site.rows("ALTER TABLE vestibule_event RENAME TO gone")
    assert site.registered().opens("/").status_code == 200
    assert site.rows("SELECT * FROM account") == []
    assert site.mails() == []


def test_a_mail_tells_the_address_that_an_account_was_made_with_it(site: Site) -> None:
    person = site.person("alice")
    person.browser.headers["Host"] = "evil.example"
    person.registers()
    (path,) = site.mails()
    assert path.stat().st_mode & 0o777 == 0o600
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert mail["To"] == "alice@example.org"
    assert mail["From"] == "Vestibule <no-reply@localhost>"
    assert mail["Subject"] == "New account at Vestibule"
    content = mail.get_body(("plain",)).get_content()
    assert "User name: alice" in content
    assert "192.0.2.1" in content
    assert "http://localhost\r\n" in content
    whole = path.read_text()
    assert "evil.example" not in whole
    assert person.password not in whole


@pytest.mark.parametrize("again", ["alice", "ALICE", "Ａｌｉｃｅ"])
def test_a_taken_user_name_is_told_and_what_was_typed_is_kept(site: Site, again: str) -> None:
    site.registered("alice")
    answer = site.person(again).fills_in(
        "/register", username=again, email="other@example.org", password="another fine password"
    )
    assert answer.status_code == 422
    page = Page(answer.text)
    assert "This user name is taken. Choose another one." in page.text
    fields = page.form(with_field="username").fields
    assert fields["username"] == again
    assert fields["email"] == "other@example.org"
    assert fields["password"] == ""
    assert "<title>Error: " in answer.text


@pytest.mark.requirement("ENUM-1")
def test_an_address_that_is_known_here_is_not_told(site: Site) -> None:
    first, second = site.person("first"), site.person("second")
    second.email = first.email
    answers = [first.registers(), second.registers()]
    assert {answer.url.path for answer in answers} == {"/setup-2fa"}
    assert [len(answer.history) for answer in answers] == [1, 1]
    assert len(site.mails()) == 2


def test_of_many_registrations_of_one_name_at_once_one_wins(
    make_site: MakeSite, database_url: str
) -> None:
    site = make_site(database=database_url)
    people = [site.person("alice") for _ in range(6)]
    pages = [person.opens("/register") for person in people]
    together = Barrier(len(people))

    def register(person: Person, page: httpx.Response) -> httpx.Response:
        together.wait()
        form = Page(page.text).form(with_field="username")
        return person.sends(
            page, form, username="alice", email=person.email, password=person.password
        )

    with ThreadPoolExecutor(len(people)) as pool:
        answers = list(pool.map(register, people, pages))
    assert sorted(answer.url.path for answer in answers) == ["/register"] * 5 + ["/setup-2fa"]
    assert sum("is taken" in answer.text for answer in answers) == 5
    assert len(site.rows("SELECT * FROM account")) == 1
    assert len(site.mails()) == 1


@pytest.mark.requirement("PW-1")
@pytest.mark.parametrize(
    ("options", "least"),
    [
        ({"policy": "required"}, 8),
        ({"policy": "optional"}, 15),
        ({"policy": "required", "password_minimum": 12}, 12),
    ],
)
def test_the_least_length_of_a_password_follows_the_policy(
    make_site: MakeSite, options: dict[str, str], least: int
) -> None:
    site = make_site(**options)
    person = site.person()
    assert f"{least} or more characters" in person.opens("/register").text
    person.password = "ö7 lvn!q pdx#ka wz"[: least - 1]
    answer = person.registers()
    assert answer.status_code == 422
    assert f"it needs {least} or more" in answer.text
    person.password = "ö7 lvn!q pdx#ka wz"[:least]
    assert person.registers().status_code == 200
    assert len(site.rows("SELECT * FROM account")) == 1


@pytest.mark.requirement("PW-4")
def test_a_password_that_is_far_too_long_is_refused_before_it_costs_anything(site: Site) -> None:
    person = site.person()
    person.password = "x7 " * 334
    answer = person.registers()
    assert answer.status_code == 422
    assert "The most is 1,000" in answer.text
    assert site.rows("SELECT * FROM vestibule_budget") == []


@pytest.mark.requirement("PW-10")
def test_a_password_made_of_the_sites_and_ones_own_name_is_refused(site: Site) -> None:
    person = site.person("marguerite")
    person.password = "Vestibule-Marguerite-2026"
    answer = person.registers()
    assert answer.status_code == 422
    assert "made of the site" in answer.text


@pytest.mark.requirement("RL-9")
def test_one_address_may_make_ten_accounts_in_an_hour(site: Site) -> None:
    for _ in range(10):
        assert site.registered().opens("/setup-2fa").status_code == 200
    answer = site.person().registers()
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 3000
    assert "Too many tries" in answer.text
    assert site.person(address="192.0.2.2").registers().url.path == "/setup-2fa"
    assert len(site.rows("SELECT * FROM account")) == 11


def test_one_address_may_ask_only_so_often_which_names_are_taken(site: Site) -> None:
    site.registered("alice")
    asking = site.person("alice")
    page = asking.opens("/register")
    form = Page(page.text).form(with_field="username")
    typed = {"username": "alice", "email": asking.email, "password": asking.password}
    answers = [asking.sends(page, form, **typed).status_code for _ in range(60)]
    assert answers == [422] * 59 + [429]
    assert asking.sends(page, form, **typed | {"username": "free"}).status_code == 429


@pytest.mark.requirement("RL-9")
def test_a_mailbox_cannot_be_filled_and_nothing_tells_that_it_was_not(site: Site) -> None:
    for number in range(7):
        person = site.person(address=f"192.0.2.{number}")
        person.email = "target@example.org"
        assert person.registers().url.path == "/setup-2fa"
    assert len(site.mails()) == 5


@pytest.mark.requirement("FLOW-6")
def test_an_outbox_that_is_lost_keeps_nobody_from_registering_and_loses_no_mail(site: Site) -> None:
    outbox = site.instance / "outbox"
    outbox.rmdir()
    outbox.write_text("in the way")
    assert site.person("alice").registers().url.path == "/setup-2fa"
    assert site.app.extensions["vestibule"].send_notices().failed == 1
    outbox.unlink()
    site.rows("UPDATE vestibule_outbox SET next_try_at = made_at")
    assert len(site.mails()) == 1


def test_who_says_that_it_was_not_them_closes_the_password(site: Site) -> None:
    person = site.registered("alice")
    person.sets_up_authenticator()
    (path,) = [one for one in site.mails() if "Authenticator added" in one.read_text()]
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    text = mail.get_body(("plain",)).get_content()
    (link,) = [line for line in text.splitlines() if "token=" in line]
    owner = person.in_another_browser()
    owner.browser = site.person().browser
    page = owner.sends(owner.opens(link), Page(owner.opens("/not-me").text).form(action="/not-me"))
    assert page.url.path == "/not-me/done"
    assert not person.is_signed_in()
    assert owner.enters_password().status_code == 422
