"""Confirm it's you: the second step once more, by somebody already signed in."""

from vestibule.audit.flows import record
from vestibule.audit.values import EventKind, Factor, Origin
from vestibule.authenticators.flows import CodeUsed
from vestibule.foundation.services import Services
from vestibule.sessions.flows import renew
from vestibule.sessions.values import Factors, LiveSession
from vestibule.signin.code_try import judge_code, record_replay, spend_match
from vestibule.signin.errors import NothingUsable, SigninOver
from vestibule.subjects.flows import SubjectSeen, lock


def with_code(
    services: Services,
    session: LiveSession,
    code: str,
    origin: Origin,
    known_cookie: str | None,
    action: str | None = None,
) -> str:
    """Pass the second step again, for this one action where it wants a code of its own; returns the
    session's new token.

    It belongs to the account of this very session (L33): nobody else's code is compared. Raises as
    :func:`vestibule.signin.second_step.with_code`, and :class:`NothingUsable` where the first step
    was a cookie: the password comes first then.
    """
    if session.factors.remembered:
        raise NothingUsable
    failed = EventKind.CONFIRM_FAILED
    found = judge_code(services, session.subject_id, None, code, origin, known_cookie, failed)
    seen = SubjectSeen(session.subject_id, session.version)
    now = services.clock.now()
    try:
        with services.database.write() as connection:
            if not lock(connection, seen):
                raise SigninOver
            spend_match(connection, seen.id, found, now)
            token = renew(
                connection,
                services,
                now,
                session,
                subject=seen,
                factors=Factors(session.factors.first_step_at, second_step_at=now),
                origin=origin,
                confirmed_for=action,
            )
            if token is None:
                raise SigninOver
            record(
                connection,
                now,
                EventKind.CONFIRMED,
                origin=origin,
                subject_id=seen.id,
                factor=Factor.TOTP,
            )
            return token
    except CodeUsed:
        record_replay(services, session.subject_id, origin)
        raise
