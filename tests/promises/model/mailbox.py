"""The links that somebody reads in a mailbox, taken from what waits to be sent."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from sqlalchemy import literal_column, select

from tests.support.quick_site import QuickSite
from vestibule.notices.flows import opened_mail
from vestibule.notices.links import link_token
from vestibule.notices.models import Outbox
from vestibule.notices.values import MAIL, NOTICES

_TOKEN = re.compile(r"token=([\w-]+)")


def last_link(site: QuickSite, email: str) -> str | None:
    """The token of the newest link that the site itself sent."""
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
        if mail.kind != MAIL and NOTICES[mail.kind].has_link
    }


def _mails(site: QuickSite, email: str) -> list[Any]:
    database = site.services.database
    as_written = literal_column("rowid" if database.dialect == "sqlite" else "ctid")
    mails = select(Outbox.__table__).where(Outbox.recipient == email)
    with database.read() as connection:
        return list(connection.execute(mails.order_by(Outbox.made_at, as_written)))
