"""Remembering browsers: making, finding, using up and ending what their cookies stand for."""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, delete, select

from vestibule.audit.flows import record
from vestibule.audit.values import EventKind, Origin, Result
from vestibule.browsers import two_parts
from vestibule.browsers.models import AdoptedCookie, RememberedBrowser
from vestibule.browsers.two_parts import Kind
from vestibule.browsers.values import (
    LONGEST,
    STILL_UNDER_WAY,
    NewCookie,
    Remembered,
    bounded,
    read_cookie,
)
from vestibule.foundation.purging import delete_over
from vestibule.foundation.services import Services
from vestibule.sessions.models import Session
from vestibule.subjects.flows import SubjectSeen

REMEMBERED = Kind(RememberedBrowser, STILL_UNDER_WAY)


class Ended(NamedTuple):
    """A remembered browser that is none any more."""

    browser: str
    first_step_at: datetime


def remember(
    connection: Connection,
    now: datetime,
    *,
    subject: SubjectSeen,
    login_id: str,
    method: str,
    first_step_at: datetime,
    lasts: timedelta,
    origin: Origin,
) -> NewCookie | None:
    """Remember this browser, in the transaction that opens its session (P6).

    The caller has locked ``subject``. None where the host asked for no time at all.
    """
    if lasts <= timedelta(0):
        return None
    cookie = two_parts.insert_row(
        connection,
        now,
        REMEMBERED,
        subject,
        origin,
        now + bounded(lasts),
        login_id=login_id,
        method=method,
        first_step_at=first_step_at,
    )
    record(
        connection,
        now,
        EventKind.BROWSER_REMEMBERED,
        origin=origin,
        subject_id=subject.id,
        details={"browser": cookie.browser_id, "until": cookie.ends_at.isoformat()},
    )
    return cookie


def load(services: Services, text: str, origin: Origin) -> Remembered | None:
    """The browser behind a cookie; None where it is too old, revoked, or nobody's.

    A token that was replaced a while ago is a copy of the cookie, or the browser's own whose
    answer got lost. Nobody can tell which, so that browser is remembered no more, and the sessions
    that it opened end: whoever it is enters the password.
    """
    cookie, now = read_cookie(text), services.clock.now()
    with services.database.read() as connection:
        row = two_parts.find_row(connection, REMEMBERED, cookie)
    if row is None or now >= row.ends_at:
        return None
    if two_parts.is_a_copy(REMEMBERED, row, cookie, now):
        with services.database.write() as connection:
            if _forget(connection, row.id):
                record(
                    connection,
                    now,
                    EventKind.BROWSER_COPIED,
                    origin=origin,
                    subject_id=row.subject_id,
                    result=Result.REFUSED,
                    details={"browser": row.id},
                )
        return None
    return Remembered(
        row.id,
        cookie,
        row.subject_id,
        row.version,
        row.user_id,
        row.login_id,
        row.method,
        row.first_step_at,
        row.ends_at,
    )


def use(connection: Connection, now: datetime, browser: Remembered) -> NewCookie | None:
    """As :func:`vestibule.browsers.two_parts.use_up`."""
    return two_parts.use_up(
        connection, now, REMEMBERED, browser.id, browser.cookie, browser.ends_at
    )


def end(connection: Connection, text: str, but: str = "") -> None:
    """Forget the browser that a cookie names, whether its token is still the newest or not.

    ``but`` is the id of a session that the caller ends, with its event.
    """
    _forget(connection, read_cookie(text).row_id, but)


def end_one(connection: Connection, subject_id: str, browser_id: str) -> Ended | None:
    """Forget the remembered browser with this id, if it is of this account, and end the sessions
    that came of it. The caller has locked the subject.
    """
    found = connection.execute(
        select(RememberedBrowser.browser, RememberedBrowser.first_step_at).where(
            RememberedBrowser.id == browser_id, RememberedBrowser.subject_id == subject_id
        )
    ).first()
    if found is None or not _forget(connection, browser_id):
        return None
    return Ended(found.browser, found.first_step_at)


def end_those_of(connection: Connection, subject_id: str, first_step_at: datetime) -> None:
    """As :func:`end_one`, for what was remembered with one sign-in."""
    found = connection.execute(
        select(RememberedBrowser.id).where(
            RememberedBrowser.subject_id == subject_id,
            RememberedBrowser.first_step_at == first_step_at,
        )
    )
    for browser_id in found.scalars().all():
        _forget(connection, browser_id)


def _forget(connection: Connection, identity: str, but: str = "") -> bool:
    """Delete a row, and the sessions that its cookie opened: one of them may be a thief's."""
    gone = two_parts.take_out(connection, REMEMBERED, identity)
    if gone is None:
        return False
    connection.execute(
        delete(Session).where(
            Session.subject_id == gone.subject_id,
            Session.remembered,
            # Of the sign-in that the browser was remembered for, and of no other.
            Session.first_step_at == gone.first_step_at,
            Session.id != but,
        )
    )
    return True


def purge(connection: Connection, now: datetime) -> int:
    """Delete what is over: browsers, and adopted cookies that no browser can have any more."""
    over = delete_over(connection, RememberedBrowser, RememberedBrowser.ends_at <= now)
    old = AdoptedCookie.adopted_at <= now - LONGEST
    return over + delete_over(connection, AdoptedCookie, old)
