"""Somebody who uses a running site as a browser without scripts would: pages, forms, cookies."""

from __future__ import annotations

import functools
import itertools
import os
import re
import secrets
import ssl
import sys
import weakref
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pyotp

from tests.support.authenticator import Authenticator
from tests.support.pages import Page, PageForm

BACKUP_CODE = re.compile(r"\b[0-9A-HJKMNP-TV-Z]{4}(?:-[0-9A-HJKMNP-TV-Z]{4}){3}\b", re.I)

_addresses = itertools.count(1)


class Person:
    """One account and one browser. Every method that opens a page returns the page it ends at."""

    def __init__(
        self,
        url: str,
        *,
        username: str | None = None,
        address: str | None = None,
        prefix: str = "",
        home: str = "/dashboard",
    ) -> None:
        """``prefix`` is before the paths of our pages in a host, ``home`` the page that greets."""
        self.url = url
        self.prefix, self.home = prefix, home
        self.username = username or f"person-{secrets.token_hex(5)}"
        self.email = f"{self.username}@example.org"
        self.password = f"a long enough password {secrets.token_hex(6)}"
        self.authenticator = Authenticator("")
        self.backup_codes: list[str] = []
        self.browser = _new_browser(url, address)
        # Its connections end with it, also where a test fails half-way.
        weakref.finalize(self, self.browser.close)

    def in_another_browser(self, *, address: str | None = None) -> Person:
        """The same person, phone and sheet, but no cookie yet and an address of its own."""
        other = type(self)(
            self.url,
            username=self.username,
            address=address,
            prefix=self.prefix,
            home=self.home,
        )
        other.email, other.password = self.email, self.password
        other.authenticator, other.backup_codes = self.authenticator, self.backup_codes
        return other

    def goes_to(self, url: str) -> None:
        """The next pages are opened at another address of the site, with the same cookies."""
        self.url = url
        self.browser.base_url = url

    # The story

    def registers(self) -> httpx.Response:
        return self.fills_in(
            "/register", username=self.username, email=self.email, password=self.password
        )

    def sets_up_authenticator(self, name: str | None = None) -> httpx.Response:
        """Reads the key, confirms it with a code, keeps the backup codes, ticks "saved"."""
        page = self.opens(self.prefix + "/setup-2fa")
        self.authenticator = Authenticator(read_secret(page))
        fields = {"totp_code": self.fresh_code()} | ({"name": name} if name else {})
        answer = self.sends(page, form_with(page, "totp_code"), **fields)
        codes = read_backup_codes(answer)
        if not codes:
            return answer
        self.backup_codes = codes
        return self.sends(answer, form_with(answer, "saved"), saved="y")

    def enters_password(self, **fields: str) -> httpx.Response:
        """The first step, by user name; ``next`` and other fields where the story has them."""
        return self.fills_in(
            "/login", **({"username": self.username, "password": self.password} | fields)
        )

    def enters_code(self, code: str | None = None) -> httpx.Response:
        return self.fills_in(self.prefix + "/verify-2fa", totp_code=code or self.fresh_code())

    def enters_backup_code(self, code: str | None = None) -> httpx.Response:
        """Without a code: the next one of the sheet, crossed out here."""
        return self.fills_in(
            self.prefix + "/verify-2fa/backup-code", backup_code=code or self.backup_codes.pop(0)
        )

    def signs_in(self, *, with_backup_code: bool = False) -> httpx.Response:
        self.enters_password()
        return self.enters_backup_code() if with_backup_code else self.enters_code()

    def signs_out(self) -> httpx.Response:
        page = self.opens(self.home)
        return self.sends(page, Page(page.text).form(action="/logout"))

    def is_signed_in(self) -> bool:
        """Whether the home page opens now, as itself and not as a way to somewhere else."""
        answer = self.browser.get(self.home, follow_redirects=False)
        return answer.status_code == 200

    # Pages and forms

    def opens(self, path: str) -> httpx.Response:
        return self.browser.get(path)

    def fills_in(self, path: str, **fields: str) -> httpx.Response:
        """Opens the page and sends its form that has the first of the fields."""
        page = self.opens(path)
        return self.sends(page, form_with(page, next(iter(fields))), **fields)

    def sends(self, page: httpx.Response, form: PageForm, **fields: str) -> httpx.Response:
        """Sends the form as it stands in the page, CSRF token included, with these fields set."""
        target = urljoin(str(page.url), form.action or str(page.url))
        return self.browser.post(target, data=form.fields | fields)

    # The authenticator

    @property
    def secret(self) -> str:
        return self.authenticator.secret

    def fresh_code(self) -> str:
        return self.authenticator.fresh_code()

    def wrong_code(self) -> str:
        return self.authenticator.wrong_code()


def form_with(page: httpx.Response, name: str) -> PageForm:
    """The form of the page that has this field."""
    try:
        return Page(page.text).form(with_field=name)
    except LookupError as missing:
        raise LookupError(f"{page.request.url} answered {page.status_code}: {missing}") from None


def read_secret(page: httpx.Response) -> str:
    """The secret in the set-up page's ``otpauth:`` link."""
    for link in Page(page.text).links:
        if link.startswith("otpauth:"):
            return pyotp.parse_uri(link).secret
    raise LookupError(f"{page.url} ({page.status_code}) has no otpauth: link: {page.text[:600]}")


def read_backup_codes(page: httpx.Response) -> list[str]:
    """The backup codes that the page shows, in its order."""
    shown = (part for part in Page(page.text).texts if BACKUP_CODE.fullmatch(part))
    return list(dict.fromkeys(shown))


def own_address() -> str | None:
    """A loopback address nobody else in this run uses, so that no two people share a budget.

    Only Linux answers on all of 127.0.0.0/8 without being told to.
    """
    if not sys.platform.startswith("linux"):
        return None
    number = next(_addresses)
    return f"127.{os.getpid() % 250 + 2}.{number // 250 % 250}.{number % 250 + 1}"


def trust(certificate: Path) -> None:
    """From now on new browsers of this process believe this certificate, which nobody signed.

    And none that was given before: of two with one name OpenSSL tries the first.
    """
    _trust.cache_clear()
    _trust().load_verify_locations(certificate)


@functools.cache
def _trust() -> ssl.SSLContext:
    """Made once: reading the authorities' certificates costs more than a page."""
    return ssl.create_default_context()


def _new_browser(url: str, address: str | None) -> httpx.Client:
    transport = httpx.HTTPTransport(verify=_trust(), local_address=address or own_address())
    return httpx.Client(base_url=url, transport=transport, follow_redirects=True, timeout=60)
