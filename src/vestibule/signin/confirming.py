"""Confirm it's you: the second step once more, by somebody already signed in."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection

from vestibule.audit.flows import record
from vestibule.audit.values import EventKind, Factor, Origin
from vestibule.authenticators.flows import CodeUsed
from vestibule.foundation.budgets import Try
from vestibule.foundation.services import Services
from vestibule.passkeys.values import Purpose, RelyingParty
from vestibule.sessions.flows import renew
from vestibule.sessions.values import Factors, LiveSession
from vestibule.signin.code_try import judge_code, record_replay, spend_match
from vestibule.signin.errors import NothingUsable, SigninOver
from vestibule.signin.passkey_try import Asked, judge_passkey
from vestibule.signin.schedule import PASSKEY_SESSION
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

    def spend(connection: Connection, now: datetime) -> None:
        spend_match(connection, session.subject_id, found, now)

    try:
        return _confirmed(services, session, Factor.TOTP, spend, origin, action)
    except CodeUsed:
        record_replay(services, session.subject_id, origin)
        raise


def with_passkey(
    services: Services,
    session: LiveSession,
    site: RelyingParty,
    answer: str,
    origin: Origin,
    action: str | None = None,
) -> str:
    """As :func:`with_code`, with a passkey of this very account.

    Raises ``PasskeyRefused``, ``TooManyTries``, :class:`SigninOver`, ``Unavailable``, and
    :class:`NothingUsable` as above.
    """
    if session.factors.remembered:
        raise NothingUsable
    asked = Asked(Purpose.CONFIRM, session.id, session.subject_id)
    # Under the name that stays: a session gets a new key each time it confirms.
    held = Try(PASSKEY_SESSION, session.public_id)
    judged = judge_passkey(services, site, asked, answer, held, origin)

    def spend(connection: Connection, now: datetime) -> None:
        judged.spend_on(connection, now, origin)

    return _confirmed(services, session, Factor.PASSKEY, spend, origin, action)


def _confirmed(
    services: Services,
    session: LiveSession,
    factor: Factor,
    spend: Callable[[Connection, datetime], None],
    origin: Origin,
    action: str | None,
) -> str:
    seen = SubjectSeen(session.subject_id, session.version)
    now = services.clock.now()
    with services.database.write() as connection:
        if not lock(connection, seen):
            raise SigninOver
        spend(connection, now)
        token = renew(
            connection,
            services,
            now,
            session,
            subject=seen,
            factors=Factors(
                session.factors.first_step_at,
                second_step_at=now,
                by_passkey=session.factors.by_passkey or factor is Factor.PASSKEY,
            ),
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
            factor=factor,
        )
        return token
