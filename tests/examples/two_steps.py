"""The whole sign-in of somebody new, with pages and forms of whatever application it is."""

from __future__ import annotations

import httpx

from tests.support.authenticator import Authenticator
from tests.support.pages import Page
from tests.support.person import Person, form_with, read_backup_codes, read_secret


def sets_up(person: Person, page: httpx.Response) -> httpx.Response:
    """From the page with the QR code to the page that was wanted."""
    assert "image/svg+xml" in page.text or "<svg" in page.text
    person.authenticator = Authenticator(read_secret(page))
    page = person.sends(page, form_with(page, "totp_code"), totp_code=person.fresh_code())
    person.backup_codes = read_backup_codes(page)
    assert len(person.backup_codes) == 10
    return person.sends(page, form_with(page, "saved"), saved="y")


def enters_code(person: Person, page: httpx.Response) -> httpx.Response:
    """A wrong code first, then the right one."""
    assert page.url.path.endswith("/verify-2fa"), page.url
    form = form_with(page, "totp_code")
    refused = person.sends(page, form, totp_code=person.wrong_code())
    assert refused.status_code == 422
    form = form_with(refused, "totp_code")
    return person.sends(refused, form, totp_code=person.fresh_code())


def signs_out(person: Person, page: httpx.Response, action: str) -> httpx.Response:
    return person.sends(page, Page(page.text).form(action=action))


def signs_in_and_out(ann: Person) -> None:
    """The story of the existing application with Vestibule in it."""
    page = ann.fills_in("/register", username=ann.username, password=ann.password)
    assert page.url.path == "/login"
    page = ann.enters_password()
    assert page.url.path == "/two-factor/setup-2fa"
    assert not ann.is_signed_in()
    page = sets_up(ann, page)
    assert page.url.path == "/dashboard"
    assert f"Welcome, {ann.username}" in page.text

    signs_out(ann, page, "/logout")
    assert not ann.is_signed_in()
    other = ann.in_another_browser()
    page = other.enters_password()
    assert not other.is_signed_in()
    page = enters_code(other, page)
    assert page.url.path == "/dashboard"
    assert other.is_signed_in()
