"""The links that somebody reads in a mailbox, taken from what waits to be sent."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

from tests.support.quick_site import QuickSite
from vestibule.notices.flows import opened_mail
from vestibule.notices.links import link_token
from vestibule.notices.values import MAIL, NOTICES

_TOKEN = re.compile(r"token=([\w-]+)")


def last_link(site: QuickSite, email: str) -> str | None:
    """The token of the newest link that the site itself sent."""
    mails = site.rows(
        "SELECT id, parameters FROM vestibule_outbox WHERE recipient = :email AND kind = :kind"
        " ORDER BY rowid DESC LIMIT 1",
        email=email,
        kind=MAIL,
    )
    for mail in mails:
        sealed = json.loads(mail["parameters"])["sealed"]
        _, paragraphs = opened_mail(site.services.keyring, mail["id"], sealed)
        return _TOKEN.findall(" ".join(paragraphs))[0]
    return None


def not_me_tokens(site: QuickSite, email: str) -> dict[str, datetime]:
    """Of every "This wasn't me", the oldest first, with the time of its mail."""
    notices = site.rows(
        "SELECT id, kind, made_at FROM vestibule_outbox WHERE recipient = :email AND kind <> :kind"
        " ORDER BY rowid",
        email=email,
        kind=MAIL,
    )
    keyring = site.services.keyring
    return {
        link_token(keyring, one["id"]): datetime.fromisoformat(one["made_at"]).replace(tzinfo=UTC)
        for one in notices
        if NOTICES[one["kind"]].has_link
    }
