"""Accounts that another program made sign in with the password that they have."""

from __future__ import annotations

import logging
import sys
import unicodedata

import bcrypt
import pytest
from argon2 import PasswordHasher, Type
from werkzeug.security import generate_password_hash

from tests.ready_site.conftest import MakeSite, Site
from tests.ready_site.test_sign_in import NOT_RIGHT, person_again
from tests.support.person import Person
from vestibule.ready_site.hash_schemes import scheme_of

PASSWORD = "a password from before"
TODAY = "$argon2id$v=19$m=19456,t=2,p=1$"


def of_bcrypt(prefix: bytes = b"2b", password: bytes = PASSWORD.encode()) -> str:
    made = bcrypt.hashpw(password[:72], bcrypt.gensalt(4))
    return made.replace(b"2b", prefix, 1).decode()


def of_argon2(kind: Type) -> str:
    return PasswordHasher(time_cost=3, memory_cost=64, parallelism=4, type=kind).hash(PASSWORD)


HASHES = {
    "scrypt": generate_password_hash(PASSWORD, "scrypt:1024:8:1"),
    "scrypt as it is today": generate_password_hash(PASSWORD, "scrypt"),
    "pbkdf2": generate_password_hash(PASSWORD, "pbkdf2:sha256:1000"),
    "pbkdf2 with sha512": generate_password_hash(PASSWORD, "pbkdf2:sha512:1000"),
    "bcrypt": of_bcrypt(),
    "bcrypt of old": of_bcrypt(b"2a"),
    "bcrypt of PHP": of_bcrypt(b"2y"),
    "argon2id": of_argon2(Type.ID),
    "argon2i": of_argon2(Type.I),
    "argon2d": of_argon2(Type.D),
}


@pytest.fixture
def open_site(make_site: MakeSite) -> Site:
    return make_site(policy="optional")


@pytest.fixture
def ann(open_site: Site) -> Person:
    return open_site.registered("ann")


def has_hash(site: Site, person: Person, stored: str, password: str = PASSWORD) -> Person:
    """The same person in a new browser, with an account as another program left it."""
    site.rows("UPDATE account SET password_hash = :stored", stored=stored)
    again = person_again(site, person)
    again.password = password
    return again


def stored_hash(site: Site) -> str:
    (account,) = site.rows("SELECT password_hash FROM account")
    return str(account["password_hash"])


@pytest.mark.requirement("HASH-6")
def test_a_hash_of_another_program_opens_and_is_replaced(open_site: Site, ann: Person) -> None:
    for name, stored in HASHES.items():
        wrong = has_hash(open_site, ann, stored)
        assert wrong.enters_password(password=PASSWORD + "!").status_code == 422, name
        assert stored_hash(open_site) == stored, name
        assert person_again(open_site, wrong).enters_password().url.path == "/dashboard", name
        assert stored_hash(open_site).startswith(TODAY), name
    assert person_again(open_site, wrong).enters_password().url.path == "/dashboard"


def test_the_second_step_follows_a_foreign_hash_too(site: Site) -> None:
    ann = site.registered("ann")
    ann.sets_up_authenticator()
    again = has_hash(site, ann, HASHES["scrypt"])
    assert again.enters_password().url.path == "/verify-2fa"
    assert not again.is_signed_in()


@pytest.mark.parametrize(
    "stored",
    [
        "",
        "plain text",
        "$1$salt$qJH7.N4xYta3aEG/dfqo/0",
        "$2b$31$" + "a" * 53,
        "$2b$04$" + "!" * 53,
        "scrypt:1073741824:8:1$salt$" + "0" * 128,
        "scrypt:1000:8:1$salt$" + "0" * 128,
        "pbkdf2:sha256:999999999$salt$" + "0" * 64,
        "pbkdf2:md5:1000$salt$" + "0" * 32,
        "$argon2id$v=19$m=8000000,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA",
        "$argon2id$v=19$m=1,t=1,p=1$!$!",
    ],
)
def test_what_is_no_hash_opens_nothing_and_is_not_logged(
    open_site: Site, ann: Person, stored: str, caplog: pytest.LogCaptureFixture
) -> None:
    again = has_hash(open_site, ann, stored)
    with caplog.at_level(logging.DEBUG):
        answer = again.enters_password()
    assert answer.status_code == 422
    assert NOT_RIGHT in answer.text
    assert stored_hash(open_site) == stored
    (account,) = open_site.rows("SELECT id FROM account")
    # An empty one is meant: the person closed the account with "This wasn't me".
    assert not stored or scheme_of(stored) is not None or account["id"] in caplog.text
    assert not stored or stored not in caplog.text


def test_a_long_password_of_bcrypt_counts_as_far_as_bcrypt_read_it(
    open_site: Site, ann: Person
) -> None:
    long = "ü" * 36 + " and the rest that bcrypt never saw"
    again = has_hash(open_site, ann, of_bcrypt(password=long.encode()), long)
    assert again.enters_password(password="ü" * 35).status_code == 422
    assert person_again(open_site, again).enters_password().url.path == "/dashboard"
    # From now on all of it counts.
    assert person_again(open_site, again).enters_password(password="ü" * 36).status_code == 422


def test_nothing_of_a_bcrypt_password_is_left_out_at_a_nul(open_site: Site, ann: Person) -> None:
    again = has_hash(open_site, ann, HASHES["bcrypt"])
    answer = again.enters_password(password=f"{PASSWORD}\0and more")
    assert answer.status_code == 422


@pytest.mark.requirement("PW-7")
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_password_that_was_hashed_as_it_was_typed(
    open_site: Site, ann: Person, form: str
) -> None:
    typed = unicodedata.normalize("NFD", "Äpfel über Zürich")
    stored = unicodedata.normalize(form, typed)
    for made in (generate_password_hash(stored, "scrypt:1024:8:1"), PasswordHasher().hash(stored)):
        again = has_hash(open_site, ann, made, typed)
        assert again.enters_password().url.path == "/dashboard"
        assert person_again(open_site, again).enters_password().url.path == "/dashboard"


def test_without_bcrypt_its_hashes_open_nothing(
    open_site: Site, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    again = has_hash(open_site, ann, HASHES["bcrypt"])
    monkeypatch.setattr("vestibule.ready_site.foreign_hashes.find_spec", lambda _: None)
    monkeypatch.setitem(sys.modules, "bcrypt", None)
    assert again.enters_password().status_code == 422


@pytest.mark.requirement("RL-1")
def test_wrong_passwords_are_counted_and_a_closed_account_stays_closed(
    open_site: Site, ann: Person
) -> None:
    again = has_hash(open_site, ann, HASHES["scrypt"])
    for _ in range(5):
        assert again.enters_password(password="a guess").status_code == 422
    assert again.enters_password().status_code == 429
    # By the other name the account's own budget answers, and does not say so (P8).
    answer = again.enters_password(username=ann.email)
    assert answer.status_code == 422
    assert stored_hash(open_site) == HASHES["scrypt"]
