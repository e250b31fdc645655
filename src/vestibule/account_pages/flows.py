"""What the owner of an account ends and renames from its own pages.

Each asks that the session passed its strongest step just now (SES-11), and that it is still there:
two who throw each other out must not both succeed.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, delete, select

from vestibule.audit.flows import record
from vestibule.audit.values import EventKind, Origin
from vestibule.browsers import flows as remembered
from vestibule.browsers import known, trusted
from vestibule.foundation.services import Services
from vestibule.sessions.models import Session
from vestibule.sessions.values import LiveSession
from vestibule.signin.enrolling import require_fresh
from vestibule.signin.errors import SessionOver, SigninOver
from vestibule.signin.leaving import end_everything_on
from vestibule.signin.models import PendingSignin
from vestibule.subjects.flows import SubjectSeen, lock

_ID = re.compile(r"[0-9a-f]{32}|[0-9a-f]{64}", re.ASCII)


class NotThere(Exception):
    """The account has no such session or browser, or not any more; whose it is nobody tells."""


class BrowserKind(StrEnum):
    """The two lists of browsers, as they stand in addresses."""

    TRUSTED = "trusted"
    KNOWN = "known"


@dataclass(frozen=True)
class _Change:
    connection: Connection
    now: datetime
    origin: Origin
    subject_id: str

    def record(self, kind: EventKind, **details: str) -> None:
        record(
            self.connection,
            self.now,
            kind,
            origin=self.origin,
            subject_id=self.subject_id,
            details=details,
        )


@contextmanager
def _changing(services: Services, session: LiveSession, origin: Origin) -> Iterator[_Change]:
    """One transaction of this session, in which nothing of the account is revoked.

    Raises ``NotFresh``, ``SigninOver``.
    """
    require_fresh(services, session)
    with services.database.write() as connection:
        if not lock(connection, SubjectSeen(session.subject_id, session.version)):
            raise SigninOver
        # Signing out one session changes no version, so the row itself is asked for.
        mine = select(Session.id).where(Session.id == session.id)
        if connection.execute(mine).first() is None:
            raise SigninOver
        yield _Change(connection, services.clock.now(), origin, session.subject_id)


def end_session(services: Services, session: LiveSession, public_id: str, origin: Origin) -> None:
    """Sign another session of this account out, and forget what would bring it back: the browser
    that was remembered with that sign-in, and whoever is between the steps by its cookie.

    Raises :class:`NotThere`, also for the session that asks; ``NotFresh``, ``SigninOver``.
    """
    with _changing(services, session, origin) as change:
        found = change.connection.execute(
            select(Session.id, Session.browser, Session.first_step_at).where(
                Session.public_id == _checked(public_id),
                Session.subject_id == session.subject_id,
                Session.id != session.id,
            )
        ).first()
        if found is None:
            raise NotThere
        # Remembered browsers before sessions, as everywhere: no deadlock.
        remembered.end_those_of(change.connection, session.subject_id, found.first_step_at)
        _end_pending(change, found.first_step_at)
        change.connection.execute(delete(Session).where(Session.id == found.id))
        change.record(
            EventKind.SIGNED_OUT_ELSEWHERE,
            session=found.id,
            ended=found.browser,
        )


def end_remembered(
    services: Services, session: LiveSession, browser_id: str, origin: Origin
) -> None:
    """Forget a remembered browser, and end what it opened. Raises as :func:`end_session`."""
    with _changing(services, session, origin) as change:
        gone = remembered.end_one(change.connection, session.subject_id, _checked(browser_id))
        if gone is None:
            raise NotThere
        _end_pending(change, gone.first_step_at)
        change.record(
            EventKind.SIGNED_OUT_ELSEWHERE,
            remembered=browser_id,
            ended=gone.browser,
        )


def _checked(identity: str) -> str:
    """An id as we make them: no database is asked with what is none, NUL for instance."""
    if not _ID.fullmatch(identity):
        raise NotThere
    return identity


def _end_pending(change: _Change, first_step_at: datetime) -> None:
    change.connection.execute(
        delete(PendingSignin).where(
            PendingSignin.subject_id == change.subject_id,
            PendingSignin.remembered,
            PendingSignin.first_step_at == first_step_at,
        )
    )


def end_all_others(
    services: Services, session: LiveSession, known_cookie: str | None, origin: Origin
) -> str:
    """Leave nothing but this session, whose new token is returned: no other session, sign-in,
    remembered, trusted or known browser. Raises ``NotFresh``, ``SigninOver``.
    """
    kind = EventKind.SIGNED_OUT_EVERYWHERE
    try:
        with _changing(services, session, origin) as change:
            token = end_everything_on(
                change.connection, services, session.user_id, kind, origin, session, known_cookie
            )
    except SessionOver:
        raise SigninOver from None
    if token is None:
        raise SigninOver
    return token


def rename_browser(
    services: Services,
    session: LiveSession,
    kind: BrowserKind,
    browser_id: str,
    name: str,
    origin: Origin,
) -> None:
    """Call a browser otherwise. Raises as :func:`end_session`."""
    rename = trusted.rename if kind is BrowserKind.TRUSTED else known.rename
    with _changing(services, session, origin) as change:
        if not rename(change.connection, session.subject_id, _checked(browser_id), name):
            raise NotThere
        change.record(EventKind.BROWSER_RENAMED, browser=browser_id)


def forget_browsers(
    services: Services,
    session: LiveSession,
    kind: BrowserKind,
    browser_id: str | None,
    origin: Origin,
    but: str | None = None,
) -> None:
    """Stop trusting one browser or all (None), or make strangers of those that are known; ``but``
    is the cookie of a known one that stays. Raises as :func:`end_session`; NotThere for one only.
    """
    with _changing(services, session, origin) as change:
        if browser_id is not None:
            _checked(browser_id)
        if kind is BrowserKind.TRUSTED:
            gone = trusted.stop(
                change.connection, change.now, session.subject_id, origin, browser_id
            )
        else:
            forgotten = known.forget(change.connection, session.subject_id, browser_id, but)
            for one, user_agent in forgotten:
                change.record(EventKind.BROWSER_FORGOTTEN, known=one, ended=user_agent)
            gone = len(forgotten)
        if browser_id is not None and not gone:
            raise NotThere
