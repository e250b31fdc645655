"""Trusted browsers: where the second step is not asked for, for a while.

The password is asked for all the same, and what comes of it is a session of one step (aal1), from
which nothing grave can be done: sections 2.2 and 5.1 of NIST SP 800-63B-4 (TD-1).
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select

from vestibule.audit.flows import record
from vestibule.audit.values import EventKind, Origin, Result
from vestibule.browsers import two_parts
from vestibule.browsers.models import TrustedBrowser
from vestibule.browsers.names import name_of, tidied
from vestibule.browsers.two_parts import Kind
from vestibule.browsers.values import NewCookie, TwoParts, read_cookie
from vestibule.foundation.database import claim
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


@dataclass(frozen=True)
class Listed:
    """What its owner sees of a trusted browser."""

    id: str
    name: str
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
        two_parts.end(connection, TRUSTED, held)
    name = name_of(origin.browser)
    cookie = two_parts.insert_row(connection, now, TRUSTED, subject, origin, now + lasts, name=name)
    record(
        connection,
        now,
        EventKind.BROWSER_TRUSTED,
        origin=origin,
        subject_id=subject.id,
        details={"trusted": cookie.browser_id, "name": name, "until": cookie.ends_at.isoformat()},
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
    if row is None or now >= row.ends_at:
        return None
    if two_parts.is_a_copy(TRUSTED, row, cookie, now):
        with services.database.write() as connection:
            if two_parts.end_copied(connection, TRUSTED, row):
                end_those_of_trust(connection, row.subject_id, [row.id])
                record(
                    connection,
                    now,
                    EventKind.TRUST_COPIED,
                    origin=origin,
                    subject_id=row.subject_id,
                    result=Result.REFUSED,
                    details={"trusted": row.id, "name": row.name},
                )
        return None
    return Trusted(row.id, cookie, SubjectSeen(row.subject_id, row.version), row.ends_at)


def use(connection: Connection, now: datetime, browser: Trusted) -> NewCookie | None:
    """As :func:`vestibule.browsers.two_parts.use_up`; its end stays where it was (TD-6)."""
    return two_parts.use_up(connection, now, TRUSTED, browser.id, browser.cookie, browser.ends_at)


def listed(connection: Connection, subject_id: str, now: datetime) -> list[Listed]:
    """The trusted browsers of an account, the one used last first."""
    rows = connection.execute(
        select(TrustedBrowser.__table__)
        .join(Subject, Subject.id == TrustedBrowser.subject_id)
        .where(
            TrustedBrowser.subject_id == subject_id,
            TrustedBrowser.version == Subject.version,
            TrustedBrowser.ends_at > now,
        )
        .order_by(TrustedBrowser.rotated_at.desc(), TrustedBrowser.id)
    )
    return [
        Listed(row.id, row.name, row.address, row.created_at, row.rotated_at, row.ends_at)
        for row in rows
    ]


def rename(connection: Connection, subject_id: str, browser_id: str, name: str) -> bool:
    """Call a trusted browser of this account otherwise; False where there is none such, or where
    nothing of the name can be shown.
    """
    kept = tidied(name)
    mine = [TrustedBrowser.id == browser_id, TrustedBrowser.subject_id == subject_id]
    return bool(kept) and claim(connection, TrustedBrowser, mine, name=kept)


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
    ended = [
        (row.id, row.name)
        for row in connection.execute(select(TrustedBrowser.id, TrustedBrowser.name).where(*where))
    ]
    connection.execute(delete(TrustedBrowser).where(*where))
    end_those_of_trust(connection, subject_id, [identity for identity, _ in ended])
    for identity, name in ended:
        record(
            connection,
            now,
            EventKind.TRUST_ENDED,
            origin=origin,
            subject_id=subject_id,
            details={"trusted": identity, "name": name},
        )
    return len(ended)


def purge(connection: Connection, now: datetime) -> int:
    """Delete trust whose time is over."""
    return connection.execute(delete(TrustedBrowser).where(TrustedBrowser.ends_at <= now)).rowcount
