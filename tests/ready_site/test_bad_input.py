"""What no browser sends: answered in words, and never with 500."""

from __future__ import annotations

from urllib.parse import quote

import httpx
import pytest

from tests.ready_site.conftest import Site
from tests.support.pages import Page
from tests.support.person import Person

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PAGES = ["/register", "/login"]
FIELDS = [
    ("/register", "username"),
    ("/register", "email"),
    ("/register", "password"),
    ("/login", "username"),
    ("/login", "password"),
]


def sent(person: Person, path: str, **encoded: str) -> httpx.Response:
    """The page's form as somebody fills it in, but these fields as raw, already encoded text."""
    fields = Page(person.opens(path).text).form(with_field="username").fields
    fields |= {"username": "alice", "password": person.password}
    if path == "/register":
        fields["email"] = person.email
    body = {name: quote(value) for name, value in fields.items()} | encoded
    return person.browser.post(
        path,
        content="&".join(f"{name}={value}" for name, value in body.items()).encode("latin-1"),
        headers=FORM,
    )


@pytest.mark.parametrize(("path", "name"), FIELDS)
def test_odd_text_in_a_field_is_refused_in_words(site: Site, path: str, name: str) -> None:
    person = site.person()
    for value in ("", "a%00b", "%E2%80%AE", "x" * 60_000):
        answer = sent(person, path, **{name: value})
        assert answer.status_code == 422
        assert "There is a problem" in answer.text
    assert site.rows("SELECT * FROM account") == []


@pytest.mark.parametrize(("path", "name"), FIELDS)
def test_bytes_that_are_no_text_break_nothing(site: Site, path: str, name: str) -> None:
    for value in ("%ED%A0%80", "%FF%FE", "\xed\xa0\x80", "\xff"):  # a lone surrogate, and nothing
        answer = sent(site.person(), path, **{name: value})
        assert answer.status_code in (200, 400, 422)
        assert answer.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("path", PAGES)
def test_a_field_that_comes_twice_is_refused(site: Site, path: str) -> None:
    for twice in ("bob&username=carol", "bob&password=other", "bob&x[]=1&x[]=2"):
        assert sent(site.person(), path, username=twice).status_code == 400
    assert site.rows("SELECT * FROM account") == []


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("application/json", b'{"username": ["alice"], "password": {}}'),
        ("text/plain", b"username=alice&password=x"),
        ("multipart/form-data; boundary=x", b"--x\r\nnot a part"),
        ("multipart/form-data", b"no boundary at all"),
        ("application/x-www-form-urlencoded; charset=utf-7", b"username=%2BAGE-"),
    ],
)
def test_another_kind_of_body_is_no_form(site: Site, path: str, kind: str, content: bytes) -> None:
    answer = site.person().browser.post(path, content=content, headers={"Content-Type": kind})
    assert answer.status_code in (400, 415, 422)
    assert answer.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("path", PAGES)
def test_a_megabyte_is_refused_before_it_is_read(site: Site, path: str) -> None:
    answer = sent(site.person(), path, password="x" * 1_000_000)
    assert answer.status_code == 413
    assert "That was too much" in answer.text


@pytest.mark.parametrize("path", ["/", "/dashboard", *PAGES])
def test_unknown_methods_are_refused(site: Site, path: str) -> None:
    for method in ("PUT", "DELETE", "PROPFIND"):
        answer = site.person().browser.request(method, path)
        assert answer.status_code == 405
        assert "That is not how this page works" in answer.text


@pytest.mark.requirement("WEB-1")
@pytest.mark.parametrize("path", PAGES)
def test_a_form_without_its_own_token_changes_nothing(site: Site, path: str) -> None:
    person = site.person()
    typed = {"username": "alice", "email": person.email, "password": person.password}
    foreign = Page(site.person().opens(path).text).form(with_field="username").fields
    for fields in (
        typed,
        typed | {"csrf_token": "x"},
        typed | {"csrf_token": foreign["csrf_token"]},
    ):
        assert person.browser.post(path, data=fields).status_code == 422
    assert site.rows("SELECT * FROM account") == []
