"""Changing the password of one's account."""

from __future__ import annotations

import httpx
import pytest
from argon2 import PasswordHasher

from tests.ready_site.conftest import MakeSite, Site
from tests.support.pages import Page
from tests.support.person import Person
from tests.support.races import at_once
from vestibule.ready_site import new_passwords

NEW = "quite another passphrase 19"


@pytest.fixture
def open_site(make_site: MakeSite) -> Site:
    """A site where the password alone signs in."""
    return make_site(policy="optional")


def changes(person: Person, current: str | None = None, new: str = NEW) -> httpx.Response:
    return person.fills_in(
        "/security/password", current_password=current or person.password, password=new
    )


def another_browser(site: Site, person: Person) -> Person:
    other = site.person(person.username)
    other.email, other.password = person.email, person.password
    other.authenticator, other.backup_codes = person.authenticator, person.backup_codes
    return other


def kinds(site: Site) -> list[str]:
    return [row["kind"] for row in site.rows("SELECT kind FROM vestibule_event ORDER BY at")]


@pytest.mark.requirement("PW-15")
@pytest.mark.requirement("SES-10")
def test_the_new_password_counts_and_every_other_session_is_over(site: Site) -> None:
    person = site.registered("alice")
    person.sets_up_authenticator()
    elsewhere = another_browser(site, person)
    elsewhere.signs_in()
    assert elsewhere.is_signed_in()
    before = person.browser.cookies["vestibule"]
    answer = changes(person)
    assert answer.url.path == "/dashboard"
    assert "Your password is changed. Everywhere else you are signed out." in answer.text
    assert person.browser.cookies["vestibule"] != before
    assert not elsewhere.is_signed_in()
    assert elsewhere.enters_password().status_code == 422
    elsewhere.password = NEW
    assert elsewhere.enters_password().url.path == "/verify-2fa"
    assert "password.changed" in kinds(site)
    assert "is changed" not in person.opens("/dashboard").text


@pytest.mark.requirement("PW-15")
def test_a_wrong_current_password_changes_nothing_and_is_counted(open_site: Site) -> None:
    person = open_site.registered()
    (before,) = open_site.rows("SELECT password_hash FROM account")
    for _ in range(5):
        answer = changes(person, current="not my password")
        assert answer.status_code == 422
        assert "The current password is not right." in answer.text
    assert NEW not in answer.text
    assert changes(person, current="not my password").status_code == 429
    assert open_site.rows("SELECT password_hash FROM account") == [before]
    assert person.is_signed_in()


@pytest.mark.requirement("PW-8")
@pytest.mark.requirement("PW-10")
@pytest.mark.parametrize(
    ("new", "why"),
    [
        ("short", "it needs 15 or more"),
        ("Vestibule-Marguerite-2026", "made of the site"),
        ("", "Enter a password."),
    ],
)
def test_a_new_password_is_judged_as_at_registration(open_site: Site, new: str, why: str) -> None:
    person = open_site.registered("marguerite")
    answer = changes(person, new=new)
    assert answer.status_code == 422
    assert why in answer.text


@pytest.mark.requirement("SES-13")
def test_a_stale_session_confirms_first(site: Site) -> None:
    person = site.registered()
    person.sets_up_authenticator()
    site.rows(
        "UPDATE vestibule_session SET second_step_at = '2020-01-01', first_step_at = '2020-01-01'"
    )
    answer = person.opens("/security/password")
    assert answer.url.path == "/confirm"
    form = Page(answer.text).form(with_field="totp_code")
    assert (
        person.sends(answer, form, totp_code=person.fresh_code()).url.path == "/security/password"
    )


@pytest.mark.requirement("API-3")
def test_password_managers_find_the_page(site: Site) -> None:
    answer = site.person().browser.get("/.well-known/change-password", follow_redirects=False)
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/security/password"
    assert site.person().opens("/security/password").url.path == "/login"


@pytest.mark.parametrize("round_", range(2))
def test_of_two_changes_at_once_one_counts(
    make_site: MakeSite, database_url: str, round_: int
) -> None:
    site = make_site(policy="optional", database=database_url)
    person = site.registered()
    browsers = [person, another_browser(site, person)]
    browsers[1].enters_password()
    pages = [one.opens("/security/password") for one in browsers]
    news = [f"{NEW} of browser {number}" for number in range(2)]

    def change(number: int) -> httpx.Response:
        page = pages[number]
        form = Page(page.text).form(with_field="current_password")
        fields = {"current_password": person.password, "password": news[number]}
        return browsers[number].sends(page, form, **fields)

    at_once([lambda number=number: change(number) for number in range(2)])
    assert kinds(site).count("password.changed") == 1
    good = []
    for new in news:
        tries = another_browser(site, person)
        tries.password = new
        good.append(tries.enters_password().url.path == "/dashboard")
    assert sum(good) == 1
    assert [one.is_signed_in() for one in browsers] == good


def test_a_hash_made_anew_meanwhile_is_no_other_password(
    open_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = open_site.registered()
    (account,) = open_site.rows("SELECT id, password_hash FROM account")
    dearer = account["password_hash"]
    seen: list[str] = []

    def first_another_hash(account_id: str) -> str | None:
        seen.append(account_id)
        return cheaper if len(seen) == 1 else dearer

    cheaper = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(person.password)
    monkeypatch.setattr(new_passwords, "stored_hash", first_another_hash)
    assert changes(person).url.path == "/dashboard"
    assert len(seen) == 2


@pytest.mark.requirement("P7")
def test_a_session_that_was_ended_meanwhile_changes_no_password(
    open_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    thief = open_site.registered()
    (before,) = open_site.rows("SELECT password_hash FROM account")
    real = new_passwords.stored_hash

    def while_the_owner_signs_out_everywhere(account_id: str) -> str | None:
        open_site.rows("UPDATE vestibule_subject SET version = version + 1")
        return real(account_id)

    monkeypatch.setattr(new_passwords, "stored_hash", while_the_owner_signs_out_everywhere)
    assert changes(thief).url.path == "/login"
    assert open_site.rows("SELECT password_hash FROM account") == [before]
    assert "password.changed" not in kinds(open_site)


@pytest.mark.requirement("P6")
def test_without_its_event_no_password_is_changed(open_site: Site) -> None:
    person = open_site.registered()
    (before,) = open_site.rows("SELECT password_hash FROM account")
    open_site.rows(
        "CREATE TRIGGER no_event BEFORE INSERT ON vestibule_event "
        "WHEN NEW.kind = 'password.changed' BEGIN SELECT RAISE(ABORT, 'no'); END"
    )
    assert changes(person).status_code == 500
    assert open_site.rows("SELECT password_hash FROM account") == [before]
    assert person.is_signed_in()
