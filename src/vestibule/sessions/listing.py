"""The open sessions of an account, as its owner sees them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, func, select

from vestibule.sessions.models import Session
from vestibule.settings import Settings
from vestibule.subjects.models import Subject

MOST_LISTED = 100
"""An account may have any number of sessions; a page shows those used last."""


@dataclass(frozen=True)
class ListedSession:
    """What its owner sees of a session."""

    id: str
    public_id: str
    created_at: datetime
    last_seen_at: datetime
    first_step_at: datetime
    address: str
    browser: str
    is_trusted: bool
    """Whether a trusted browser stood for the second step."""


def listed(
    connection: Connection, settings: Settings, subject_id: str, now: datetime
) -> list[ListedSession]:
    """The sessions that open pages now, the one used last first; at most :data:`MOST_LISTED`."""
    rows = connection.execute(
        select(
            Session.id,
            Session.public_id,
            Session.created_at,
            Session.last_seen_at,
            Session.first_step_at,
            Session.address,
            Session.browser,
            Session.trusted_by.is_not(None),
        )
        .join(Subject, Subject.id == Session.subject_id)
        .where(_is_open(settings, subject_id, now))
        .order_by(Session.last_seen_at.desc(), Session.id)
        .limit(MOST_LISTED)
    )
    return [ListedSession(*row) for row in rows]


def count(connection: Connection, settings: Settings, subject_id: str, now: datetime) -> int:
    """How many sessions open pages now."""
    found = connection.execute(
        select(func.count())
        .select_from(Session)
        .join(Subject, Subject.id == Session.subject_id)
        .where(_is_open(settings, subject_id, now))
    )
    return int(found.scalar_one())


def _is_open(settings: Settings, subject_id: str, now: datetime) -> ColumnElement[bool]:
    # As in vestibule.sessions.flows.load: what grants nothing any more would only frighten.
    return and_(
        Session.subject_id == subject_id,
        Session.version == Subject.version,
        Session.ends_at > now,
        Session.last_seen_at >= now - settings.session_idle,
    )
