"""Confirming a new authenticator: at the end of a must-enrol sign-in, or from a session."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from vestibule.audit.flows import record
from vestibule.audit.values import EventKind, Factor, Origin, Result
from vestibule.authenticators import changing
from vestibule.authenticators.enrolment import EnrolmentOver, add, waiting
from vestibule.authenticators.flows import WrongCode
from vestibule.authenticators.values import match
from vestibule.backup_codes import flows as backup_codes
from vestibule.backup_codes.flows import HashedCode
from vestibule.backup_codes.values import BackupCode, new_set
from vestibule.browsers.known import stay_known
from vestibule.foundation.budgets import Try, clear
from vestibule.foundation.hashing import Slot
from vestibule.foundation.services import Services
from vestibule.one_time_tokens import flows as one_time_tokens
from vestibule.one_time_tokens.values import Link, Purpose
from vestibule.sessions.flows import renew
from vestibule.sessions.values import Factors, LiveSession
from vestibule.signin.enrolment_links import HasSecondStep
from vestibule.signin.errors import SigninOver
from vestibule.signin.flows import Opened, finish
from vestibule.signin.held import held
from vestibule.signin.schedule import CODE_ACCOUNT, ENROLMENT, NEW_BACKUP_CODES
from vestibule.signin.stages import Pending, Stage
from vestibule.signin.tries import take_tries
from vestibule.subjects.flows import SubjectSeen, lock, lock_as_it_is, revoke


class NotFresh(Exception):
    """The action asks for a second step that was passed just now, by this session."""


@dataclass(frozen=True)
class _FirstCode:
    owner: str
    subject_id: str
    secret: str
    name: str
    step: int
    codes: tuple[BackupCode, ...]
    hashed: list[HashedCode]


def from_signin(
    services: Services,
    pending: Pending,
    code: str,
    name: str,
    origin: Origin,
    link: Link | None,
    known_cookie: str | None,
    in_place_of_all: Callable[[Connection, datetime, SubjectSeen], None] | None = None,
) -> Opened:
    """Confirm the first authenticator of an account that must have one.

    ``link`` is used up with it, where the policy wants one. ``in_place_of_all`` takes away, in that
    transaction, what the account had before; what it raises undoes everything. Raises
    :class:`WrongCode`, :class:`EnrolmentOver`, ``LinkRefused``, ``TooManyTries``, ``SigninOver``,
    ``Busy``, ``Unavailable``.
    """
    if pending.stage is Stage.PASSKEY_ENROLMENT:
        raise SigninOver  # a code is not enough there
    anew = in_place_of_all is not None
    owner, subject_id = pending.id, pending.subject_id
    first = _judge_first_code(services, owner, subject_id, code, name, origin, new_codes=anew)

    def change(connection: Connection, now: datetime, seen: SubjectSeen) -> SubjectSeen:
        if in_place_of_all:
            in_place_of_all(connection, now, seen)
        current = _add(connection, services, now, seen, first, origin, link)
        if not anew:
            stays_known(connection, current, known_cookie)
        return current

    unseen = as_text(first.codes)
    return finish(services, pending, Factor.TOTP, origin, known_cookie, change, unseen)


def from_session(
    services: Services,
    session: LiveSession,
    code: str,
    name: str,
    origin: Origin,
    link: Link | None,
    known_cookie: str | None,
    replaces: str | None = None,
) -> str:
    """Confirm one more (or an optional first) authenticator; returns the session's new token.

    ``replaces`` is the one that is removed with it: there is no moment with neither. Every other
    session and pending sign-in of the account ends (SES-10, FLOW-5). Raises as
    :func:`from_signin`, ``NoSuchAuthenticator`` for ``replaces``, and :class:`NotFresh` (SES-13,
    TOTP-14).
    """
    require_fresh(services, session)
    first = _judge_first_code(services, session.id, session.subject_id, code, name, origin)
    seen = SubjectSeen(session.subject_id, session.version)
    now = services.clock.now()
    with services.database.write() as connection:
        if not lock(connection, seen):
            raise SigninOver
        stored = held(connection, seen.id)
        if session.factors.second_step_at is None and stored:
            # L05: a session of the password alone changes no factor of an account that has one.
            raise NotFresh
        if replaces:
            kind, gone = (
                EventKind.AUTHENTICATOR_REPLACED,
                changing.one_of(stored.authenticators, replaces),
            )
            changing.remove(connection, now, seen.id, [gone.id], origin, kind)
        current = _add(connection, services, now, seen, first, origin, link)
        if stored:
            stay_known(connection, current)  # the password is the same
        else:
            stays_known(connection, current, known_cookie)
        token = renew(
            connection,
            services,
            now,
            session,
            subject=current,
            factors=Factors(
                session.factors.first_step_at,
                second_step_at=now,
                by_passkey=session.factors.by_passkey,
            ),
            origin=origin,
            unseen_codes=as_text(first.codes),
        )
        if token is None:
            raise SigninOver
        return token


def at_hand(
    services: Services,
    owner: str,
    subject_id: str,
    code: str,
    name: str,
    origin: Origin,
    actor: str,
) -> tuple[BackupCode, ...]:
    """Confirm the first authenticator of an account whose person sits at the command line; the
    backup codes made with it. Whatever was signed in before ends.

    Raises ``HasSecondStep``, :class:`WrongCode`, :class:`EnrolmentOver`, ``TooManyTries``,
    ``SigninOver`` where the account is closed, ``Busy``, ``Unavailable``.
    """
    first = _judge_first_code(services, owner, subject_id, code, name, origin)
    now = services.clock.now()
    with services.database.write() as connection:
        seen = lock_as_it_is(connection, subject_id)
        if seen is None:
            raise SigninOver
        if held(connection, subject_id):
            raise HasSecondStep("This account has a second step already.")
        _add(connection, services, now, seen, first, origin, None, actor)
    return first.codes


def stays_known(connection: Connection, subject: SubjectSeen, known_cookie: str | None) -> None:
    """After the first authenticator only the browser that set it up is known: in all others, a
    thief's too, nobody ever passed more than the password (P4).
    """
    if known_cookie:
        stay_known(connection, subject, known_cookie)


def new_codes(services: Services, session: LiveSession, origin: Origin) -> str:
    """Replace the backup codes of an account; returns the session's new token.

    Raises :class:`NotFresh` unless the second step was passed just now (BC-7), ``TooManyTries``,
    ``SigninOver``, ``Busy``, ``Unavailable``.
    """
    require_fresh(services, session)
    if session.factors.second_step_at is None:
        raise NotFresh
    codes = new_set(services.settings.backup_codes)
    with services.hasher.slot() as slot:
        now = services.clock.now()
        tries = [Try(NEW_BACKUP_CODES, session.subject_id)]
        take_tries(services, now, tries, session.subject_id, Factor.BACKUP_CODE, origin)
        hashed = backup_codes.hash_set(slot, codes)
    seen = SubjectSeen(session.subject_id, session.version)
    with services.database.write() as connection:
        if not lock(connection, seen):
            raise SigninOver
        backup_codes.replace_set(connection, now, seen.id, hashed, origin)
        token = renew(
            connection,
            services,
            now,
            session,
            subject=seen,
            factors=session.factors,
            origin=origin,
            unseen_codes=as_text(codes),
        )
        if token is None:
            raise SigninOver
        return token


def require_fresh(services: Services, session: LiveSession) -> None:
    """Raises :class:`NotFresh` where the strongest step of the session was passed too long ago."""
    if not session.is_fresh(services.clock.now(), services.settings.fresh_for):
        raise NotFresh


def _judge_first_code(
    services: Services,
    owner: str,
    subject_id: str,
    code: str,
    name: str,
    origin: Origin,
    *,
    new_codes: bool = False,
) -> _FirstCode:
    """Compare the first code with the waiting secret, and hash the backup codes if any are due."""
    services.database_clock.refuse_if_apart()
    # One slot for the whole: the ten hashes are work that strangers can buy by registering.
    with services.hasher.slot() as slot:
        now = services.clock.now()
        take_tries(services, now, [Try(ENROLMENT, subject_id)], subject_id, Factor.TOTP, origin)
        offered = waiting(services, owner, subject_id)
        if offered is None:
            raise EnrolmentOver
        found = match(offered.secret, code, now, services.settings.totp_window)
        if found is None:
            with services.database.write() as connection:
                record(
                    connection,
                    now,
                    EventKind.ENROLMENT_FAILED,
                    origin=origin,
                    subject_id=subject_id,
                    factor=Factor.TOTP,
                    result=Result.FAILED,
                )
            raise WrongCode
        codes, hashed = codes_if_none_left(services, slot, subject_id, anew=new_codes)
    return _FirstCode(owner, subject_id, offered.secret, name, found.step, codes, hashed)


def codes_if_none_left(
    services: Services, slot: Slot, subject_id: str, *, anew: bool = False
) -> tuple[tuple[BackupCode, ...], list[HashedCode]]:
    """The backup codes that come with a first factor: none where the account has some left."""
    with services.database.read() as connection:
        has_codes = backup_codes.facts(connection, subject_id).left > 0
    codes = () if has_codes and not anew else new_set(services.settings.backup_codes)
    return codes, backup_codes.hash_set(slot, codes)


def _add(
    connection: Connection,
    services: Services,
    now: datetime,
    seen: SubjectSeen,
    first: _FirstCode,
    origin: Origin,
    link: Link | None,
    actor: str | None = None,
) -> SubjectSeen:
    """Add the authenticator and its backup codes, and end what was built on the factors before."""
    if link:
        one_time_tokens.use(connection, now, link, seen, Purpose.ENROLMENT, origin)
    add(
        connection,
        services,
        now,
        owner=first.owner,
        subject_id=seen.id,
        secret=first.secret,
        name=first.name,
        step=first.step,
        origin=origin,
        actor=actor,
    )
    if first.hashed:
        backup_codes.replace_set(connection, now, seen.id, first.hashed, origin, with_factor=True)
    # The new authenticator starts with a clean row of failures; disabled ones stay disabled.
    clear(connection, CODE_ACCOUNT, seen.id)
    return revoke(connection, seen)


def as_text(codes: tuple[BackupCode, ...]) -> str | None:
    """Codes as a session keeps them until they are shown."""
    return "\n".join(code.shown for code in codes) or None
