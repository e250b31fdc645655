"""The browsers of an account that come back, as its owner sees them: known and remembered ones."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, func, select

from vestibule.browser_names import browser_as_title
from vestibule.browsers.known import KNOWN_FOR
from vestibule.browsers.models import KnownBrowser, RememberedBrowser
from vestibule.browsers.values import MOST_LISTED
from vestibule.foundation.tokens import token_key
from vestibule.subjects.models import Subject


@dataclass(frozen=True)
class ListedKnown:
    """What its owner sees of a known browser."""

    id: str
    name: str
    """What its owner calls it, else what it calls itself in words of ours."""
    address: str
    signed_in_at: datetime
    ends_at: datetime
    is_this: bool


def known_of(
    connection: Connection, subject_id: str, now: datetime, held: str | None
) -> list[ListedKnown]:
    """The known browsers of an account, at most ``MOST_LISTED``, the one used last first.

    ``held`` is the cookie of the browser that asks.
    """
    this = token_key(held or "")
    rows = connection.execute(
        select(KnownBrowser.__table__)
        .join(Subject, Subject.id == KnownBrowser.subject_id)
        .where(_is_current(subject_id, now))
        .order_by(KnownBrowser.ends_at.desc(), KnownBrowser.id)
        .limit(MOST_LISTED)
    )
    return [
        ListedKnown(
            row.id,
            row.name or browser_as_title(row.user_agent),
            row.address,
            row.ends_at - KNOWN_FOR,
            row.ends_at,
            row.browser == this,
        )
        for row in rows
    ]


def count_known(connection: Connection, subject_id: str, now: datetime) -> int:
    """How many browsers the account knows."""
    found = connection.execute(
        select(func.count())
        .select_from(KnownBrowser)
        .join(Subject, Subject.id == KnownBrowser.subject_id)
        .where(_is_current(subject_id, now))
    )
    return int(found.scalar_one())


def _is_current(subject_id: str, now: datetime) -> ColumnElement[bool]:
    return and_(
        KnownBrowser.subject_id == subject_id,
        KnownBrowser.version == Subject.version,
        KnownBrowser.ends_at > now,
    )


@dataclass(frozen=True)
class ListedRemembered:
    """What its owner sees of a remembered browser."""

    id: str
    browser: str
    address: str
    first_step_at: datetime
    last_used_at: datetime
    ends_at: datetime


def remembered_of(connection: Connection, subject_id: str, now: datetime) -> list[ListedRemembered]:
    """The remembered browsers of an account, the one used last first; at most ``MOST_LISTED``."""
    rows = connection.execute(
        select(
            RememberedBrowser.id,
            RememberedBrowser.browser,
            RememberedBrowser.address,
            RememberedBrowser.first_step_at,
            RememberedBrowser.rotated_at,
            RememberedBrowser.ends_at,
        )
        .join(Subject, Subject.id == RememberedBrowser.subject_id)
        .where(
            RememberedBrowser.subject_id == subject_id,
            RememberedBrowser.version == Subject.version,
            RememberedBrowser.ends_at > now,
        )
        .order_by(RememberedBrowser.rotated_at.desc(), RememberedBrowser.id)
        .limit(MOST_LISTED)
    )
    return [ListedRemembered(*row) for row in rows]
