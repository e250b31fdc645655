"""The links that somebody reads in a mailbox, taken from what waits to be sent."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import literal_column, select, update

from tests.support.quick_site import QuickSite
from vestibule.host.mails import write_as_asked
from vestibule.notices.flows import opened_later, opened_mail
from vestibule.notices.links import link_token
from vestibule.notices.models import Outbox
from vestibule.notices.values import LATER, MAIL, NOTICES, link_works_for

_TOKEN = re.compile(r"http://[^/\s]+(/[\w/-]+)\?token=([\w-]+)")


def write_what_was_left(site: QuickSite) -> None:
    """As whoever sends mails does: what was asked for is looked up, and its mail is written."""
    left = select(Outbox.__table__).where(Outbox.kind == LATER, Outbox.next_try_at.is_not(None))
    services = site.services
    with services.database.read() as connection:
        rows = list(connection.execute(left))
    for row in rows:
        with site.app.app_context():
            write_as_asked(opened_later(services.keyring, row.id, row.parameters["sealed"]))
        with services.database.write() as connection:
            connection.execute(update(Outbox).where(Outbox.id == row.id).values(next_try_at=None))


def last_link(site: QuickSite, email: str, path: str = "") -> str | None:
    """The token of the newest link that the site itself sent, of those that lead to ``path``."""
    write_what_was_left(site)
    for mail in reversed(_mails(site, [email])):
        if mail.kind == MAIL:
            sealed = mail.parameters["sealed"]
            _, paragraphs = opened_mail(site.services.keyring, mail.id, sealed)
            for leads_to, token in _TOKEN.findall(" ".join(paragraphs)):
                if path in ("", leads_to):
                    return str(token)
    return None


def not_me_tokens(site: QuickSite, *addresses: str) -> dict[str, datetime]:
    """Of every "This wasn't me", the oldest first, with the time until when it works."""
    return {
        link_token(site.services.keyring, mail.id): mail.made_at + link_works_for(mail.kind)
        for mail in _mails(site, addresses)
        if mail.kind not in (LATER, MAIL) and NOTICES[mail.kind].has_link
    }


def was_told(site: QuickSite, email: str, kind: str, at: datetime) -> bool:
    """Whether a notice was written to the address at that moment."""
    return any(mail.kind == kind and mail.made_at == at for mail in _mails(site, [email]))


def _mails(site: QuickSite, addresses: Collection[str]) -> list[Any]:
    database = site.services.database
    as_written = literal_column("rowid" if database.dialect == "sqlite" else "ctid")
    mails = select(Outbox.__table__).where(Outbox.recipient.in_(addresses))
    with database.read() as connection:
        return list(connection.execute(mails.order_by(Outbox.made_at, as_written)))
