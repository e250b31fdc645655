"""What the cookies look like, over plain HTTP on this machine and over https."""

from __future__ import annotations

import pytest
from werkzeug.test import TestResponse

from tests.stories import HostMaker, settled
from tests.support.host_app import Host
from tests.support.visitor import Visitor

HTTPS = {
    "VESTIBULE_BASE_URL": "https://acme.example",
    "SESSION_COOKIE_SECURE": True,
}


def set_cookies(answer: TestResponse) -> dict[str, str]:
    """Name: the whole header, of our own cookies."""
    every = answer.headers.getlist("Set-Cookie")
    return {one.split("=", 1)[0]: one for one in every if "vestibule" in one.split("=", 1)[0]}


def first_step(person: Visitor) -> TestResponse:
    form = person.opens("/login").form(with_field="password")
    fields = {"username": person.username, "password": person.papers.password}
    return person.posts("/login", form.fields | fields)


def second_step(person: Visitor) -> TestResponse:
    form = person.opens("/verify-2fa").form(with_field="totp_code")
    return person.posts("/verify-2fa", form.fields | {"totp_code": person.fresh_code()})


@pytest.fixture
def ann(make: HostMaker) -> Visitor:
    """At a site that people reach over https."""
    ann = Visitor.new(make(**HTTPS), "ann")
    ann.site = "https://acme.example"
    ann.enters_password()
    ann.sets_up()
    ann.signs_out()
    return ann


@pytest.mark.requirement("SES-7")
def test_over_https_they_are_pinned_to_the_host_and_secure(ann: Visitor) -> None:
    pending = set_cookies(first_step(ann))
    session = set_cookies(second_step(ann))
    assert list(pending) == ["__Host-vestibule-pending"]
    for header in (pending["__Host-vestibule-pending"], session["__Host-vestibule"]):
        attributes = {part.strip().lower() for part in header.split(";")[1:]}
        assert attributes == {"secure", "httponly", "path=/", "samesite=lax"}


@pytest.mark.requirement("SES-7")
def test_on_plain_http_they_are_the_same_but_for_that(host: Host) -> None:
    ann = settled(host, "ann")
    pending = set_cookies(first_step(ann))
    session = set_cookies(second_step(ann))
    for header in (pending["vestibule-pending"], session["vestibule"]):
        attributes = {part.strip().lower() for part in header.split(";")[1:]}
        assert attributes == {"httponly", "path=/", "samesite=lax"}


@pytest.mark.requirement("SES-3")
def test_a_step_that_is_passed_takes_its_cookie_away(ann: Visitor) -> None:
    first_step(ann)
    cookies = set_cookies(second_step(ann))
    assert set(cookies) == {
        "__Host-vestibule",
        "__Host-vestibule-pending",
        "__Host-vestibule-known",
    }
    gone = cookies["__Host-vestibule-pending"]
    assert "Max-Age=0" in gone
    assert "Secure" in gone


def test_two_sites_on_one_host_keep_their_cookies_apart(make: HostMaker) -> None:
    ann = settled(make(VESTIBULE_COOKIE_NAME="acme"), "ann")
    assert "acme-pending=" in str(first_step(ann).headers)
    assert "acme=" in str(second_step(ann).headers)


@pytest.mark.requirement("WEB-4")
def test_a_page_sets_none_of_our_cookies(ann: Visitor) -> None:
    for path in ("/login", "/verify-2fa", "/setup-2fa", "/nowhere"):
        assert set_cookies(ann.asks(path)) == {}
