"""Every page and mail of the ready site's own, opened once or with its mistakes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes, policy

from tests.looks.every_mail import in_words
from tests.ready_site.conftest import Site
from tests.ready_site.mailbox import opens_link
from tests.support.pages import Page
from tests.support.person import Person


def of_the_site(site: Site) -> Iterator[str]:
    """All of them, and the mails last."""
    ann = site.person("ann")
    yield from _comes(ann)
    yield site.person("ann").registers().text
    yield from _changes_the_password(site, ann)
    ann.sets_up_authenticator()
    yield ann.opens("/dashboard").text
    yield ann.opens("/").text
    yield from _keeps_the_account(site, ann)
    for mail in site.mails():
        yield in_words(message_from_bytes(mail.read_bytes(), policy=policy.default))


def _comes(ann: Person) -> Iterator[str]:
    yield ann.opens("/").text
    yield ann.opens("/login").text
    yield ann.opens("/dashboard").text
    yield ann.fills_in("/login", username="", password="").text
    yield ann.fills_in("/login", username="ann", password="p" * 5000).text
    yield ann.fills_in("/login", username="ann", password="not the password").text
    yield ann.opens("/register").text
    for username, email, password in (
        ("", "", ""),
        ("a" * 200, "a" * 300 + "@example.org", "p" * 5000),
        ("ann@example.org", "no address", "short"),
        (" ann", "ann@", "unseen \N{ZERO WIDTH SPACE}\0 password"),
        ("a\N{ZERO WIDTH SPACE}nn", "ann@example.org", "password1234567"),
        ("annabelle", "ann@example.org", "annabelle annabelle"),
    ):
        fields = {"username": username, "email": email, "password": password}
        yield ann.fills_in("/register", **fields).text
    yield ann.registers().text
    yield ann.opens("/dashboard").text


def _changes_the_password(site: Site, ann: Person) -> Iterator[str]:
    page = ann.opens("/dashboard")
    yield ann.sends(page, Page(page.text).form(action="/confirm-email/send")).text
    link = _link_in_newest_mail(site)
    page = opens_link(ann, link)
    yield page.text
    yield ann.sends(page, Page(page.text).form(action="/confirm-email")).text
    yield opens_link(ann, link).text
    for path in ("/security/password", "/forgot-password", "/reset-password"):
        yield ann.opens(path).text
    for current, new in (("", ""), ("not the password", "short"), (ann.password, "short")):
        yield ann.fills_in("/security/password", current_password=current, password=new).text
    for email in ("", "no address", ann.email):
        yield ann.fills_in("/forgot-password", email=email).text
    page = opens_link(ann, _link_in_newest_mail(site))
    yield page.text
    form = Page(page.text).form(with_field="password")
    for new in ("", "short", ann.password):
        yield ann.sends(page, form, password=new).text
    ann.enters_password()


def _keeps_the_account(site: Site, ann: Person) -> Iterator[str]:
    for email, password in (("", ""), (ann.email, "not it"), ("ann@new.example", "not it")):
        yield ann.fills_in("/security/email", email=email, current_password=password).text
    fields = {"email": "ann@new.example", "current_password": ann.password}
    yield ann.fills_in("/security/email", **fields).text
    link = _link_in_newest_mail(site)
    ben = site.person("ben")
    ben.registers()
    ben.sets_up_authenticator()
    yield opens_link(ben, link).text
    # Whoever has the address hears of it.
    fields = {"email": ann.email, "current_password": ben.password}
    yield ben.fills_in("/security/email", **fields).text
    page = opens_link(ann, link)
    yield page.text
    yield ann.sends(page, Page(page.text).form(action="/security/email/confirm")).text
    for name in ("", "ben", "ann", "Ann"):
        yield ann.fills_in("/security/name", username=name).text
    _lets_it_grow_old(site)
    for path in ("/security/email", "/security/name", "/security/close"):
        yield ann.opens(path).text
    page = ann.opens("/confirm?next=/security/close")
    ann.sends(page, Page(page.text).form(with_field="totp_code"), totp_code=ann.fresh_code())
    for name, password in (("", ""), ("Ann", "not it"), ("Ann", ann.password)):
        yield ann.fills_in("/security/close", username=name, current_password=password).text


def _lets_it_grow_old(site: Site) -> None:
    site.rows(
        "UPDATE vestibule_session SET second_step_at = '2020-01-01', first_step_at = '2020-01-01'"
    )


def _link_in_newest_mail(site: Site) -> str:
    mails = sorted(site.mails(), key=lambda path: path.stat().st_mtime_ns)
    texts = [
        in_words(message_from_bytes(path.read_bytes(), policy=policy.default)) for path in mails
    ]
    found = [one for text in texts for one in re.findall(r"http\S+\?token=[\w-]+", text)]
    return [one for one in found if "/not-me/" not in one][-1]
