"""Reading the mails of a site, and opening the links in them."""

from __future__ import annotations

import email
import email.policy
import re
from email.message import EmailMessage
from urllib.parse import urlsplit

import httpx

from tests.ready_site.conftest import Site
from tests.support.pages import Page
from tests.support.person import Person

_LINK = re.compile(r"^(http\S+\?token=\S+)", re.MULTILINE)


class Mail(str):
    """The text of a mail, and to whom it went."""

    to: str

    @property
    def link(self) -> str:
        return str(_LINK.findall(self)[0])


def mails(site: Site, subject: str) -> list[Mail]:
    """All mails with this subject, the oldest first."""
    found = (
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        for path in sorted(site.mails(), key=lambda path: path.stat().st_mtime_ns)
    )
    return [_mail(one) for one in found if str(one["Subject"]).startswith(subject)]


def _mail(message: EmailMessage) -> Mail:
    mail = Mail(message.get_body(("plain",)).get_content().replace("\r\n", "\n"))
    mail.to = str(message["To"])
    return mail


def links(site: Site, subject: str) -> list[str]:
    return [mail.link for mail in mails(site, subject)]


def opens_link(person: Person, link: str) -> httpx.Response:
    parts = urlsplit(link)
    return person.opens(f"{parts.path}?{parts.query}")


def confirms_address(site: Site, person: Person) -> httpx.Response:
    """Asks for the link on the dashboard, opens it, and presses the button."""
    page = person.opens("/dashboard")
    person.sends(page, Page(page.text).form(action="/confirm-email/send"))
    page = opens_link(person, links(site, "Confirm your e-mail address")[-1])
    return person.sends(page, Page(page.text).form(action="/confirm-email"))
