"""The first step, and the pages around it. (The second step has tests of its own.)"""

from __future__ import annotations

import re
import unicodedata

import pytest
from argon2 import PasswordHasher

from tests.ready_site.conftest import MakeSite, Site
from tests.support.pages import Page
from tests.support.person import Person

NOT_RIGHT = "The user name or password is not right."


@pytest.fixture
def open_site(make_site: MakeSite) -> Site:
    """A site where the password alone signs in, so that the first step is all there is."""
    return make_site(policy="optional")


def test_user_name_and_email_sign_in_whatever_their_case(open_site: Site) -> None:
    person = open_site.registered("alice")
    for name in ("alice", "Alice", " alice ", "alice@example.org", "ALICE@Example.ORG"):
        again = person_again(open_site, person)
        assert again.enters_password(username=name).url.path == "/dashboard"
        assert "Welcome, alice" in again.opens("/dashboard").text


def test_an_address_leads_to_the_oldest_account_until_one_confirmed_it(open_site: Site) -> None:
    older, newer = open_site.person("older"), open_site.person("newer")
    newer.email = older.email
    older.registers()
    newer.registers()

    def opens_with_the_address(person: Person) -> bool:
        return (
            person_again(open_site, person).enters_password(username=older.email).url.path
            == "/dashboard"
        )

    assert opens_with_the_address(older)
    assert not opens_with_the_address(newer)
    open_site.rows(
        "UPDATE account SET email_confirmed_at = created_at WHERE username = :name",
        name=newer.username,
    )
    assert opens_with_the_address(newer)
    assert not opens_with_the_address(older)


@pytest.mark.requirement("ENUM-1")
def test_every_cause_gives_the_same_answer(open_site: Site) -> None:
    person = open_site.registered("alice")
    answers = []
    for name in ("alice", "alice@example.org", "nobody", "nobody@example.org", "x" * 300, "a\0b"):
        stranger = open_site.person()
        answer = stranger.fills_in("/login", username=name, password="not the password")
        assert answer.status_code == 422
        assert Page(answer.text).form(with_field="username").fields["username"] == name
        answers.append(without_what_is_each_ones_own(answer.text, name))
    assert len(set(answers)) == 1
    assert NOT_RIGHT in answers[0]
    assert "not the password" not in answers[0]
    assert person_again(open_site, person).enters_password().url.path == "/dashboard"


def without_what_is_each_ones_own(text: str, name: str) -> str:
    text = re.sub(r'name="csrf_token" value="[^"]*"', "", text)
    return text.replace(f'value="{name}"', "")


@pytest.mark.requirement("PW-7")
def test_composed_and_decomposed_letters_are_one_password(open_site: Site) -> None:
    person = open_site.person()
    person.password = unicodedata.normalize("NFC", "Äpfel über Zürich ﬁnden")
    person.registers()
    again = person_again(open_site, person)
    again.password = unicodedata.normalize("NFD", person.password)
    assert again.enters_password().url.path == "/dashboard"
    # A compatibility form is another letter.
    again.password = person.password.replace("ﬁ", "fi")
    assert person_again(open_site, again).enters_password().status_code == 422


@pytest.mark.requirement("PW-3")
def test_a_password_is_compared_whole_and_as_it_is(open_site: Site) -> None:
    person = open_site.person()
    person.password = "seventy-two bytes are not the end " * 3 + "A"
    person.registers()
    for wrong in (person.password[:-1] + "B", person.password.lower(), person.password + " "):
        again = person_again(open_site, person)
        assert again.enters_password(password=wrong).status_code == 422
    assert person_again(open_site, person).enters_password().url.path == "/dashboard"


@pytest.mark.requirement("PW-4")
def test_a_password_that_is_far_too_long_takes_no_try(open_site: Site) -> None:
    answer = open_site.person().fills_in("/login", username="alice", password="x" * 1001)
    assert answer.status_code == 422
    assert "A password has at most 1,000 characters." in answer.text
    assert open_site.rows("SELECT * FROM vestibule_budget") == []


@pytest.mark.requirement("HASH-6")
def test_a_hash_of_an_older_cost_is_replaced_at_sign_in(open_site: Site) -> None:
    person = open_site.registered()
    older = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(person.password)
    open_site.rows("UPDATE account SET password_hash = :older", older=older)
    assert person_again(open_site, person).enters_password().url.path == "/dashboard"
    (account,) = open_site.rows("SELECT password_hash FROM account")
    assert account["password_hash"].startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert person_again(open_site, person).enters_password().url.path == "/dashboard"


def test_the_page_that_was_asked_for_is_kept_through_a_wrong_password(open_site: Site) -> None:
    person = open_site.registered()
    again = person_again(open_site, person)
    page = again.opens("/dashboard?tab=codes")
    assert page.url.path == "/login"
    form = Page(page.text).form(with_field="username")
    page = again.sends(page, form, username=person.username, password="wrong one")
    assert page.status_code == 422
    form = Page(page.text).form(with_field="username")
    answer = again.sends(page, form, username=person.username, password=person.password)
    assert answer.url.raw_path == b"/dashboard?tab=codes"


@pytest.mark.requirement("FLOW-7")
def test_l31_next_never_leads_to_another_site(open_site: Site) -> None:
    person = open_site.registered()
    for target in ("https://evil.example/", "//evil.example", "/\\evil.example", "/\t/evil"):
        again = person_again(open_site, person)
        page = again.browser.get("/login", params={"next": target})
        form = Page(page.text).form(with_field="username")
        answer = again.sends(page, form, username=person.username, password=person.password)
        assert str(answer.url) == "http://localhost/dashboard"
        # Signed in now: the address of the sign-in page leads nowhere else either.
        assert again.browser.get("/login", params={"next": target}).url.path == "/dashboard"


def test_who_is_signed_in_needs_no_sign_in_page(open_site: Site) -> None:
    person = open_site.registered()
    for path in ("/login", "/register"):
        assert person.opens(path).url.path == "/dashboard"


@pytest.mark.requirement("FLOW-8")
def test_signing_out_is_a_button_and_not_a_link(open_site: Site) -> None:
    person = open_site.registered()
    assert person.opens("/logout").status_code == 405
    assert person.browser.post("/logout").status_code == 403
    assert person.is_signed_in()
    assert person.signs_out().url.path == "/"
    assert not person.is_signed_in()


def test_who_was_led_back_finds_the_reason_and_the_name(site: Site) -> None:
    person = site.registered("alice")
    site.rows("UPDATE vestibule_pending_signin SET ends_at = '2000-01-01 00:00:00.000000'")
    page = person.opens("/setup-2fa")
    assert page.url.path == "/login"
    assert "You took longer than 15 minutes" in page.text
    assert Page(page.text).form(with_field="username").fields["username"] == "alice"
    assert "You took longer" not in person.opens("/login").text


def person_again(site: Site, person: Person) -> Person:
    """The same person, with a browser that knows nothing yet."""
    again = site.person(person.username)
    again.email, again.password = person.email, person.password
    return again
