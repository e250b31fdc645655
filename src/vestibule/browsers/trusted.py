"""Trusted browsers: where the second step is not asked for, for a while.

The password is asked for all the same, and what comes of it is a session of one step (aal1), from
which nothing grave can be done: sections 2.2 and 5.1 of NIST SP 800-63B-4 (TD-1).
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, or_, select

from vestibule.audit.flows import record
from vestibule.audit.values import EventKind, Origin, Result
from vestibule.browser_names import browser_as_title
from vestibule.browsers import two_parts
from vestibule.browsers.models import TrustedBrowser
from vestibule.browsers.two_parts import Kind
from vestibule.browsers.values import MOST_LISTED, NewCookie, TwoParts, read_cookie
from vestibule.foundation.database import claim
from vestibule.foundation.purging import delete_over
from vestibule.foundation.services import Services
from vestibule.sessions.flows import end_those_of_trust
from vestibule.subjects.flows import SubjectSeen
from vestibule.subjects.models import Subject

TRUSTED = Kind(TrustedBrowser, timedelta(seconds=10))
"""An old token is the browser's own for ten seconds: a form sent twice."""


@dataclass(frozen=True)
class Trusted:
    """A trusted browser that was good when it was loaded for this request."""

    id: str
    cookie: TwoParts = field(repr=False)
    subject: SubjectSeen
    ends_at: datetime


class Listed(NamedTuple):
    """What its owner sees of a trusted browser."""

    id: str
    name: str
    """What its owner calls it, else what it calls itself in words of ours."""
    address: str
    since: datetime
    last_used_at: datetime
    ends_at: datetime


def trust(
    connection: Connection,
    now: datetime,
    subject: SubjectSeen,
    lasts: timedelta,
    held: str | None,
    origin: Origin,
) -> NewCookie:
    """Trust this browser, in the transaction of the second step that allows it (P6).

    ``held`` is the cookie that the new one takes the place of. The caller has locked ``subject``.
    """
    if held:
        _end(connection, now, read_cookie(held).row_id, origin, EventKind.TRUST_ENDED)
    cookie = two_parts.insert_row(connection, now, TRUSTED, subject, origin, now + lasts, name="")
    record(
        connection,
        now,
        EventKind.BROWSER_TRUSTED,
        origin=origin,
        subject_id=subject.id,
        details={
            "trusted": cookie.browser_id,
            "name": str(browser_as_title(origin.browser)),
            "until": cookie.ends_at.isoformat(),
        },
    )
    return cookie


def load(services: Services, text: str, origin: Origin) -> Trusted | None:
    """The trusted browser behind a cookie; None where it is too old, revoked, or nobody's.

    A token that was replaced a while ago ends the trust and the sessions that came of it: the owner
    and whoever holds a copy both pass the second step.
    """
    cookie, now = read_cookie(text), services.clock.now()
    with services.database.read() as connection:
        row = two_parts.find_row(connection, TRUSTED, cookie)
    # What the operator allows today counts, also of browsers trusted before (TD-6).
    lasts = services.settings.trust_browsers_for
    if row is None or now >= min(row.ends_at, row.created_at + lasts):
        return None
    if two_parts.is_a_copy(TRUSTED, row, cookie, now):
        with services.database.write() as connection:
            _end(connection, now, row.id, origin, EventKind.TRUST_COPIED)
        return None
    return Trusted(row.id, cookie, SubjectSeen(row.subject_id, row.version), row.ends_at)


def use(connection: Connection, now: datetime, browser: Trusted) -> NewCookie | None:
    """As :func:`vestibule.browsers.two_parts.use_up`; its end stays where it was (TD-6)."""
    return two_parts.use_up(connection, now, TRUSTED, browser.id, browser.cookie, browser.ends_at)


def listed(connection: Connection, subject_id: str, now: datetime) -> list[Listed]:
    """The trusted browsers of an account, the one used last first; at most ``MOST_LISTED``."""
    rows = connection.execute(
        select(TrustedBrowser.__table__)
        .join(Subject, Subject.id == TrustedBrowser.subject_id)
        .where(
            TrustedBrowser.subject_id == subject_id,
            TrustedBrowser.version == Subject.version,
            TrustedBrowser.ends_at > now,
        )
        .order_by(TrustedBrowser.rotated_at.desc(), TrustedBrowser.id)
        .limit(MOST_LISTED)
    )
    return [
        Listed(row.id, _called(row), row.address, row.created_at, row.rotated_at, row.ends_at)
        for row in rows
    ]


def _called(row: Row[Any]) -> str:
    return row.name or browser_as_title(row.browser)


def rename(connection: Connection, subject_id: str, browser_id: str, name: str) -> bool:
    """Call a trusted browser of this account otherwise, or (empty) as it calls itself; False where
    there is none such.
    """
    mine = [TrustedBrowser.id == browser_id, TrustedBrowser.subject_id == subject_id]
    return claim(connection, TrustedBrowser, mine, name=name)


def stop(
    connection: Connection,
    now: datetime,
    subject_id: str,
    origin: Origin,
    browser_id: str | None = None,
) -> int:
    """Stop trusting one browser of an account, or all; how many. The sessions that came of it end.

    The caller has locked the subject.
    """
    where = [TrustedBrowser.subject_id == subject_id]
    if browser_id is not None:
        where.append(TrustedBrowser.id == browser_id)
    found = connection.execute(select(TrustedBrowser.id).where(*where)).scalars().all()
    return sum(_end(connection, now, one, origin, EventKind.TRUST_ENDED) for one in found)


def _end(
    connection: Connection, now: datetime, identity: str, origin: Origin, kind: EventKind
) -> bool:
    """End the trust, then the sessions that came of it: one of them may be a thief's."""
    gone = two_parts.take_out(connection, TRUSTED, identity)
    if gone is None:
        return False
    end_those_of_trust(connection, gone.subject_id, gone.id)
    record(
        connection,
        now,
        kind,
        origin=origin,
        subject_id=gone.subject_id,
        result=Result.REFUSED if kind is EventKind.TRUST_COPIED else Result.OK,
        details={"trusted": gone.id, "name": str(_called(gone))},
    )
    return True


def purge(connection: Connection, now: datetime, *, lasts: timedelta) -> int:
    """Delete trust whose time is over; all of it while nothing is trusted: switched on again it
    begins anew.
    """
    over = or_(TrustedBrowser.ends_at <= now, TrustedBrowser.created_at <= now - lasts)
    return delete_over(connection, TrustedBrowser, over)
