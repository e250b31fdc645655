"""A recovery that was asked for, written behind the product's back."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, insert

from tests.support.host_app import Host
from tests.support.visitor import Visitor
from vestibule.recovery.models import Recovery
from vestibule.recovery.values import OPEN_FOR


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
