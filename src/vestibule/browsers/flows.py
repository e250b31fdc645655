"""Remembering browsers: making, finding, using up and ending what their cookies stand for."""

from datetime import datetime, timedelta

<<<<<<< HEAD
from sqlalchemy import ColumnElement, Connection, Row, delete, insert, select
=======
from sqlalchemy import Connection, delete
>>>>>>> 34cb208 (Trusted browsers, for operators and people who wish them)

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
from vestibule.foundation.services import Services
<<<<<<< HEAD
from vestibule.foundation.tokens import new_token, token_key
from vestibule.sessions.models import Session
=======
>>>>>>> 34cb208 (Trusted browsers, for operators and people who wish them)
from vestibule.subjects.flows import SubjectSeen

REMEMBERED = Kind(RememberedBrowser, STILL_UNDER_WAY)


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
            if two_parts.end_copied(connection, REMEMBERED, row):
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


<<<<<<< HEAD
def _is_under_way(rotated_at: datetime, now: datetime) -> bool:
    return now - rotated_at <= STILL_UNDER_WAY


def _end_copied(services: Services, row: Row[Any], origin: Origin, now: datetime) -> None:
    with services.database.write() as connection:
        if _forget(
            connection, RememberedBrowser.id == row.id, RememberedBrowser.token == row.token
        ):
            record(
                connection,
                now,
                EventKind.BROWSER_COPIED,
                origin=origin,
                subject_id=row.subject_id,
                result=Result.REFUSED,
                details={"browser": row.id},
            )


def use(connection: Connection, now: datetime, browser: Remembered) -> NewCookie | None:
    """Use the cookie up, in the transaction that builds on it; the browser gets a new one.

    Of several requests at once one changes the token; the others come with the old one for a
    moment and get none (None). Raises :class:`NotRemembered`. The caller has locked the subject.
    """
    fresh, sent = RememberCookie(browser.cookie.name, new_token()), token_key(browser.cookie.token)
    mine = [RememberedBrowser.id == browser.id, RememberedBrowser.ends_at > now]
    if claim(
        connection,
        RememberedBrowser,
        [*mine, RememberedBrowser.token == sent],
        token=token_key(fresh.token),
        previous=sent,
        rotated_at=now,
    ):
        return NewCookie(browser.id, fresh.text, browser.ends_at)
    # Kept until the commit: whoever forgets the browser meanwhile finds the session to be ended.
    rotated_at = connection.execute(
        select(RememberedBrowser.rotated_at)
        .where(*mine, RememberedBrowser.previous == sent)
        .with_for_update(read=True)
    ).scalar()
    if rotated_at is None or not _is_under_way(rotated_at, now):
        raise NotRemembered
    return None


def end(connection: Connection, text: str, but: str = "") -> None:
    """Forget the browser that a cookie names, whether its token is still the newest or not.

    ``but`` is the id of a session that the caller ends, with its event.
    """
    identity = token_key(read_cookie(text).name)
    _forget(connection, RememberedBrowser.id == identity, but=but)


def _forget(connection: Connection, *which: ColumnElement[bool], but: str = "") -> bool:
    """Delete a row, and the sessions that its cookie opened: one of them may be a thief's.

    Always in this order: two who forget one browser must not deadlock.
    """
    gone = connection.execute(
        delete(RememberedBrowser)
        .where(*which)
        .returning(RememberedBrowser.subject_id, RememberedBrowser.first_step_at)
    ).first()
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
=======
def use(connection: Connection, now: datetime, browser: Remembered) -> NewCookie | None:
    """As :func:`vestibule.browsers.two_parts.use_up`."""
    return two_parts.use_up(
        connection, now, REMEMBERED, browser.id, browser.cookie, browser.ends_at
    )


def end(connection: Connection, text: str) -> None:
    """As :func:`vestibule.browsers.two_parts.end`."""
    two_parts.end(connection, REMEMBERED, text)
>>>>>>> 34cb208 (Trusted browsers, for operators and people who wish them)


def purge(connection: Connection, now: datetime) -> int:
    """Delete what is over: browsers, and adopted cookies that no browser can have any more."""
    over = delete(RememberedBrowser).where(RememberedBrowser.ends_at <= now)
    old = delete(AdoptedCookie).where(AdoptedCookie.adopted_at <= now - LONGEST)
    return connection.execute(over).rowcount + connection.execute(old).rowcount
