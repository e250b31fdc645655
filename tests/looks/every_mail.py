"""Every mail of the extension, and the pages that its link opens."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage

from tests.stories import HostMaker
from tests.support.visitor import Visitor
from vestibule.audit.values import Origin
from vestibule.notices.letters import letter
from vestibule.notices.links import link_token
from vestibule.notices.models import Outbox
from vestibule.notices.values import NOTICES, Contact
from vestibule.recovery.letters import words_of_the_link


def told_by_mail(make: HostMaker) -> Iterator[str]:
    host = make(VESTIBULE_MAIL="file:///nowhere", VESTIBULE_BASE_URL="http://localhost")
    ann = Visitor.new(host, "ann")
    ann.signs_in()
    services = host.services
    link = link_token(services.keyring, host.rows(Outbox)[0].id)
    yield ann.opens(f"/not-me/link?token={link}").html  # nobody said how a password ends
    host.vestibule.password_disabled(lambda user: None)
    yield ann.opens(f"/not-me/link?token={link}").html
    page = ann.opens("/not-me")
    yield ann.sends(page, page.form(action="/not-me"), csrf_token="old").html
    page = ann.opens("/not-me")
    yield ann.sends(page, page.form(action="/not-me")).html


def every_mail(make: HostMaker) -> Iterator[str]:
    """Of each kind, with and without the link, with what there is to say and without."""
    host = make(VESTIBULE_BASE_URL="http://localhost")
    settings, now = host.services.settings, host.clock.now()
    said: tuple[dict[str, object], ...] = (
        *({}, {"left": 0}, {"left": 1, "name": "ann"}, {"left": 2}),
        {"opens_at": now.isoformat()},
    )
    for kind in NOTICES:
        for parameters in said:
            for link in ("http://localhost/", None):
                mail = letter(settings, "1" * 32, kind, now, parameters, "ann@example.org", link)
                yield in_words(mail)
    contact, origin = Contact("ann", "en", ("ann@example.org",)), Origin("", "Firefox/1", "")
    for is_open in (False, True):
        link = "http://localhost/"
        subject, words = words_of_the_link(settings, contact, origin, link, is_open=is_open)
        yield "\n".join((subject, *words))


def in_words(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return f"{mail['Subject']}\n{body.get_content()}"
