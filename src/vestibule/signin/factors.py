"""Changing the authenticators of an account, by a session that passed the second step just now."""

from dataclasses import dataclass

from sqlalchemy import Connection

from vestibule.audit.values import Origin
from vestibule.authenticators import changing
from vestibule.authenticators.flows import (
    CodeUsed,
    WrongCode,
    find_match,
    of_subject,
    spend_step,
    unsealed,
    usable,
)
from vestibule.backup_codes.flows import retire_all
from vestibule.browsers.known import stay_known
from vestibule.foundation.services import Services
from vestibule.sessions.flows import renew
from vestibule.sessions.values import Factors, LiveSession
from vestibule.signin.enrolling import NotFresh, require_fresh
from vestibule.signin.errors import SigninOver
from vestibule.subjects.flows import SubjectSeen, lock, revoke


class LastAuthenticator(Exception):
    """Without it the account would lack the second step that it must have."""


@dataclass(frozen=True)
class Removed:
    """The session's new token, and whether the account has no second step any more."""

    token: str
    was_last: bool


def remove(
    services: Services, session: LiveSession, identity: str, origin: Origin, *, may_be_last: bool
) -> Removed:
    """Remove an authenticator; with the last one go the backup codes, and the session is ``aal1``.

    Every other session, sign-in and remembered browser of the account ends (SES-10, L53). Raises
    :class:`NotFresh` (L05, L54), :class:`LastAuthenticator`, ``NoSuchAuthenticator``,
    ``SigninOver``, ``Unavailable``; nothing was changed then.
    """
    seen = _may_change(services, session)
    now = services.clock.now()
    with services.database.write() as connection:
        if not lock(connection, seen):
            raise SigninOver
        stored = of_subject(connection, seen.id)
        going = changing.going_with(stored, identity)
        is_last = len(going) == len(stored)
        if is_last and not may_be_last:
            raise LastAuthenticator
        changing.remove(connection, now, seen.id, going, origin)
        if is_last:
            retire_all(connection, now, seen.id, origin)
        # There is nothing left to have passed: from now on the policy is asked at each request.
        passed = None if is_last else session.factors.second_step_at
        token = renew(
            connection,
            services,
            now,
            session,
            subject=_revoked(connection, seen),
            factors=Factors(session.factors.first_step_at, passed),
            origin=origin,
        )
        if token is None:
            raise SigninOver
        return Removed(token, is_last)


def _revoked(connection: Connection, seen: SubjectSeen) -> SubjectSeen:
    current = revoke(connection, seen)
    # The password is the same: who was no stranger before is none now.
    stay_known(connection, current)
    return current


def rename(
    services: Services, session: LiveSession, identity: str, name: str, origin: Origin
) -> None:
    """Give an authenticator another name. Raises as :func:`remove`."""
    seen = _may_change(services, session)
    now = services.clock.now()
    with services.database.write() as connection:
        if not lock(connection, seen):
            raise SigninOver
        changing.rename(connection, now, seen.id, identity, name, origin)


def shown_by_another(services: Services, session: LiveSession, code: str) -> str | None:
    """The name of the authenticator that a code typed at a set-up came from, if it is another one.

    What is found is spent by that, so nobody learns a code that is still good for anything (P3).
    """
    seen = _may_change(services, session)
    with services.database.read() as connection:
        stored = usable(of_subject(connection, seen.id))
    now = services.clock.now()
    for one in stored:
        secrets = unsealed(services, seen.id, [one])
        try:
            found = find_match(secrets, code, now, services.settings.totp_window)
            with services.database.write() as connection:
                spend_step(connection, found, now)
        except WrongCode:
            continue
        except CodeUsed:
            return one.name
        return one.name
    return None


def _may_change(services: Services, session: LiveSession) -> SubjectSeen:
    require_fresh(services, session)
    if session.factors.second_step_at is None:
        # L05: a session of the password alone changes no factor.
        raise NotFresh
    return SubjectSeen(session.subject_id, session.version)
