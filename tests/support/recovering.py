"""A recovery that was asked for, and links of mails, written behind the product's back."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, insert

from tests.support.host_app import Host
from tests.support.seen import Seen
from tests.support.visitor import Visitor
from vestibule import Purpose
from vestibule.audit.values import Origin
from vestibule.one_time_tokens.flows import issue
from vestibule.recovery.models import Recovery
from vestibule.recovery.values import LINK_LIFETIME, OPEN_FOR


def has_asked(host: Host, person: Visitor, opens_in: timedelta = timedelta(0)) -> None:
    """As if the person had asked so long ago that the way opens then."""
    seen, now = host.subject(person.user_id), host.clock.now()
    with host.engine.begin() as connection:
        connection.execute(delete(Recovery).where(Recovery.subject_id == seen.id))
        connection.execute(
            insert(Recovery).values(
                subject_id=seen.id,
                version=seen.version,
                mailbox=host.services.keyring.mac("recovery mailbox", person.papers.email),
                asked_at=now - timedelta(days=3),
                opens_at=now + opens_in,
                ends_at=now + opens_in + OPEN_FOR,
                address="203.0.113.9",
                browser="Firefox/1 Linux",
            )
        )


def opens_link(person: Visitor, whose: Visitor | None = None) -> Seen:
    """As if a link had been sent to the mailbox of an account, and were opened here."""
    host, seen = person.host, person.host.subject((whose or person).user_id)
    with host.services.database.write() as connection:
        now, purpose = host.clock.now(), Purpose.RECOVERY
        token = issue(connection, now, seen, purpose, LINK_LIFETIME, Origin("", "", ""))
    return person.opens(f"/recover/link?token={token}")


def begins_set_up(person: Visitor) -> Seen:
    """Between the steps: the link of the second mail, and its button, if it is there."""
    page = opens_link(person)
    if page.path != "/recover/confirm":
        return page
    return person.sends(page, page.form(action="/recover/confirm"))
