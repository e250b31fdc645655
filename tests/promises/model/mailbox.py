"""The links that somebody reads in a mailbox, taken from what waits to be sent."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from sqlalchemy import literal_column, select, update

from tests.support.quick_site import QuickSite
from vestibule.host.mails import write_as_asked
from vestibule.notices.flows import opened_later, opened_mail
from vestibule.notices.links import link_token
from vestibule.notices.models import Outbox
from vestibule.notices.values import LATER, MAIL, NOTICES

_TOKEN = re.compile(r"token=([\w-]+)")


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


def last_link(site: QuickSite, email: str) -> str | None:
    """The token of the newest link that the site itself sent."""
    write_what_was_left(site)
    for mail in reversed(_mails(site, email)):
        if mail.kind == MAIL:
            sealed = mail.parameters["sealed"]
            _, paragraphs = opened_mail(site.services.keyring, mail.id, sealed)
            return str(_TOKEN.findall(" ".join(paragraphs))[0])
    return None


def not_me_tokens(site: QuickSite, email: str) -> dict[str, datetime]:
    """Of every "This wasn't me", the oldest first, with the time of its mail."""
    return {
        link_token(site.services.keyring, mail.id): mail.made_at
        for mail in _mails(site, email)
        if mail.kind not in (LATER, MAIL) and NOTICES[mail.kind].has_link
    }


def _mails(site: QuickSite, email: str) -> list[Any]:
    database = site.services.database
    as_written = literal_column("rowid" if database.dialect == "sqlite" else "ctid")
    mails = select(Outbox.__table__).where(Outbox.recipient == email)
    with database.read() as connection:
        return list(connection.execute(mails.order_by(Outbox.made_at, as_written)))
