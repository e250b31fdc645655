"""Changing the factors of an account, by a session that passed the second step just now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

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
from vestibule.passkeys import changing as passkeys
from vestibule.passkeys.values import relying_party
from vestibule.sessions.flows import renew
from vestibule.sessions.values import Factors, LiveSession
from vestibule.settings import Settings
from vestibule.signin.enrolling import NotFresh, require_fresh
from vestibule.signin.errors import SigninOver
from vestibule.signin.held import Held, held
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
        stored = held(connection, seen.id)
        going = changing.going_with(stored.authenticators, identity)
        is_last = len(going) == len(stored.authenticators) and not stored.passkeys
        if is_last and not may_be_last:
            raise LastAuthenticator
        if leaves_only_silent_passkeys(services.settings, stored, going):
            raise LastAuthenticator
        changing.remove(connection, now, seen.id, going, origin)
        return _without(connection, services, now, session, seen, origin, is_last=is_last)


def leaves_only_silent_passkeys(settings: Settings, stored: Held, going: Sequence[str]) -> bool:
    """Whether there would be a second step, and nothing that could be asked for: nobody comes in
    then, where passkeys are switched off.
    """
    stays = [one for one in usable(stored.authenticators) if one.id not in going]
    return bool(stored.passkeys) and not stays and relying_party(settings) is None


def remove_passkey(
    services: Services,
    session: LiveSession,
    identity: str,
    origin: Origin,
    *,
    may_be_last: bool,
    may_be_last_passkey: bool,
) -> Removed:
    """As :func:`remove`, a passkey. Without ``may_be_last_passkey`` nothing else takes its place.

    Raises :class:`NotFresh`, :class:`LastAuthenticator`, ``NoSuchPasskey``, ``SigninOver``,
    ``Unavailable``.
    """
    seen = _may_change(services, session)
    now = services.clock.now()
    with services.database.write() as connection:
        if not lock(connection, seen):
            raise SigninOver
        stored = held(connection, seen.id)
        passkeys.one_of(stored.passkeys, identity)
        leaves_no_passkey = [one.id for one in stored.passkeys] == [identity]
        is_last = leaves_no_passkey and not usable(stored.authenticators)
        if (is_last and not may_be_last) or (leaves_no_passkey and not may_be_last_passkey):
            raise LastAuthenticator
        passkeys.remove(connection, now, seen.id, identity, origin)
        if is_last and stored.authenticators:
            # Those that are switched off would ask for codes that nothing can show.
            off = [one.id for one in stored.authenticators]
            changing.remove(connection, now, seen.id, off, origin)
        return _without(connection, services, now, session, seen, origin, is_last=is_last)


def _without(
    connection: Connection,
    services: Services,
    now: datetime,
    session: LiveSession,
    seen: SubjectSeen,
    origin: Origin,
    *,
    is_last: bool,
) -> Removed:
    """End what was built on what is gone; this session goes on."""
    if is_last:
        retire_all(connection, now, seen.id, origin)
    # There is nothing left to have passed: from now on the policy is asked at each request.
    passed = None if is_last else session.factors.second_step_at
    by_passkey = session.factors.by_passkey and not is_last
    token = renew(
        connection,
        services,
        now,
        session,
        subject=_revoked(connection, seen),
        factors=Factors(session.factors.first_step_at, passed, by_passkey=by_passkey),
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


def rename_passkey(
    services: Services, session: LiveSession, identity: str, name: str, origin: Origin
) -> None:
    """Give a passkey another name. Raises as :func:`remove_passkey`."""
    seen = _may_change(services, session)
    now = services.clock.now()
    with services.database.write() as connection:
        if not lock(connection, seen):
            raise SigninOver
        passkeys.one_of(held(connection, seen.id).passkeys, identity)
        passkeys.rename(connection, now, seen.id, identity, name, origin)


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
