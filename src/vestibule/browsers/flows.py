"""Remembering browsers: making, finding, using up and ending what their cookies stand for."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, insert, select

from vestibule.audit.flows import record
from vestibule.audit.values import EventKind, Origin, Result
from vestibule.browsers.models import AdoptedCookie, RememberedBrowser
from vestibule.browsers.values import (
    LONGEST,
    STILL_UNDER_WAY,
    NewCookie,
    RememberCookie,
    Remembered,
    bounded,
    read_cookie,
)
from vestibule.foundation.database import claim
from vestibule.foundation.services import Services
from vestibule.foundation.tokens import new_token, token_key
from vestibule.sessions.models import Session
from vestibule.subjects.flows import SubjectSeen
from vestibule.subjects.models import Subject


class NotRemembered(Exception):
    """The browser was forgotten meanwhile, or its cookie is somebody's copy."""


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
    cookie = RememberCookie(new_token(), new_token())
    identity, ends_at = token_key(cookie.name), now + bounded(lasts)
    connection.execute(
        insert(RememberedBrowser).values(
            id=identity,
            token=token_key(cookie.token),
            previous=None,
            rotated_at=now,
            subject_id=subject.id,
            version=subject.version,
            login_id=login_id,
            method=method,
            first_step_at=first_step_at,
            created_at=now,
            ends_at=ends_at,
            address=origin.address,
            browser=origin.browser,
        )
    )
    record(
        connection,
        now,
        EventKind.BROWSER_REMEMBERED,
        origin=origin,
        subject_id=subject.id,
        details={"browser": identity, "until": ends_at.isoformat()},
    )
    return NewCookie(identity, cookie.text, ends_at)


def load(services: Services, text: str, origin: Origin) -> Remembered | None:
    """The browser behind a cookie; None where it is too old, revoked, or nobody's.

    A token that was replaced a while ago is a copy of the cookie, or the browser's own whose
    answer got lost. Nobody can tell which, so that browser is remembered no more, and the sessions
    that it opened end: whoever it is enters the password.
    """
    cookie = read_cookie(text)
    with services.database.read() as connection:
        row = connection.execute(
            select(RememberedBrowser.__table__, Subject.user_id)
            .join(Subject, Subject.id == RememberedBrowser.subject_id)
            .where(
                RememberedBrowser.id == token_key(cookie.name),
                # The version decides: what was revoked is not even found (P7).
                Subject.version == RememberedBrowser.version,
                Subject.closed == "",
            )
        ).first()
    now = services.clock.now()
    if row is None or now >= row.ends_at:
        return None
    sent = token_key(cookie.token)
    if sent != row.token and not (sent == row.previous and _is_under_way(row.rotated_at, now)):
        _end_copied(services, row, origin, now)
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


def purge(connection: Connection, now: datetime) -> int:
    """Delete what is over: browsers, and adopted cookies that no browser can have any more."""
    over = delete(RememberedBrowser).where(RememberedBrowser.ends_at <= now)
    old = delete(AdoptedCookie).where(AdoptedCookie.adopted_at <= now - LONGEST)
    return connection.execute(over).rowcount + connection.execute(old).rowcount
