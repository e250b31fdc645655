"""Adoption day: a sign-in from before Vestibule is taken over, once, as what it was.

It shows that somebody once passed the host's own sign-in and nothing else. So it opens a session of
an account that has no second step and need not have one, and of no other.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from vestibule.audit.values import EventKind, Origin
from vestibule.browsers.flows import remember
from vestibule.browsers.models import AdoptedCookie
from vestibule.browsers.values import STILL_UNDER_WAY
from vestibule.foundation.database import insert_new
from vestibule.foundation.services import Services
from vestibule.foundation.tokens import token_key
from vestibule.sessions.flows import open_session
from vestibule.sessions.values import Factors, SigninContext
from vestibule.signin.at_hand import count
from vestibule.signin.flows import Opened
from vestibule.subjects.flows import SubjectSeen, end_adoption, ensure, ensure_on, lock
from vestibule.subjects.models import Subject

NEVER_REVOKED = 1


class NotAdopted(Exception):
    """The cookie counts for nothing."""


def adopt(
    services: Services,
    *,
    user_id: str,
    login_id: str,
    cookie: str,
    remember_cookie: str | None,
    lasts: timedelta,
    origin: Origin,
) -> Opened | None:
    """Open a session for a cookie from before, if it is the first time that it comes.

    ``remember_cookie`` is Flask-Login's, good for the same user, where the browser has one:
    it becomes a row of ours. None for another request of the browser whose cookie was taken over
    just now: it is the user's, and needs no session of its own. Raises :class:`NotAdopted`.
    """
    seen = ensure(services, user_id)
    now = services.clock.now()
    with services.database.write() as connection:
        if not _may_be(connection, seen, user_id):
            raise NotAdopted
        if not _claim(connection, now, cookie, seen):
            if _is_under_way(connection, now, cookie, seen):
                return None
            raise NotAdopted
        context = SigninContext()
        token = open_session(
            connection,
            services,
            now,
            subject=seen,
            login_id=login_id,
            context=context,
            factors=Factors(first_step_at=now, second_step_at=None, remembered=True),
            factor=None,
            origin=origin,
            kind=EventKind.ADOPTED,
        )
        cookie_of_ours = None
        if remember_cookie is not None and (
            remember_cookie == cookie or _claim(connection, now, remember_cookie, seen)
        ):
            cookie_of_ours = remember(
                connection,
                now,
                subject=seen,
                login_id=login_id,
                method=context.method,
                first_step_at=now,
                lasts=lasts,
                origin=origin,
            )
    return Opened(token, seen.id, cookie_of_ours)


def _may_be(connection: Connection, seen: SubjectSeen, user_id: str) -> bool:
    if seen.version != NEVER_REVOKED or not lock(connection, seen):
        return False
    ended = select(Subject.adoption_ended_at).where(Subject.id == seen.id)
    # The cookie holds the key alone. Where somebody had it before, it may be that one's.
    before = select(Subject.id).where(Subject.user_id == user_id, Subject.closed != "")
    return (
        connection.execute(ended).scalar() is None
        and connection.execute(before).first() is None
        and not count(connection, seen.id)
    )


def _claim(connection: Connection, now: datetime, cookie: str, seen: SubjectSeen) -> bool:
    key = token_key(cookie)
    return insert_new(connection, AdoptedCookie, id=key, subject_id=seen.id, adopted_at=now)


def _is_under_way(connection: Connection, now: datetime, cookie: str, seen: SubjectSeen) -> bool:
    adopted_at = connection.execute(
        select(AdoptedCookie.adopted_at).where(
            AdoptedCookie.id == token_key(cookie), AdoptedCookie.subject_id == seen.id
        )
    ).scalar()
    return adopted_at is not None and now - adopted_at <= STILL_UNDER_WAY


def is_new_here(connection: Connection, now: datetime, user_id: str) -> None:
    """A user was made after Vestibule came: no cookie from before can be theirs."""
    end_adoption(connection, now, ensure_on(connection, now, user_id).id)
