"""Adding a passkey: at the end of a sign-in that must have one, or from a session."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from vestibule.audit.values import EventKind, Factor, Origin
from vestibule.backup_codes import flows as backup_codes
from vestibule.backup_codes.flows import HashedCode
from vestibule.backup_codes.values import BackupCode
from vestibule.browsers.known import stay_known
from vestibule.foundation.budgets import Try
from vestibule.foundation.services import Services
from vestibule.one_time_tokens import flows as one_time_tokens
from vestibule.one_time_tokens.values import Link
from vestibule.one_time_tokens.values import Purpose as LinkPurpose
from vestibule.passkeys import flows as passkeys
from vestibule.passkeys import verifying
from vestibule.passkeys.values import PasskeyRefused, Purpose, RelyingParty
from vestibule.passkeys.verifying import NewPasskey
from vestibule.sessions.flows import renew
from vestibule.sessions.values import Factors, LiveSession
from vestibule.signin.enrolling import (
    NotFresh,
    as_text,
    codes_if_none_left,
    require_fresh,
    stays_known,
)
from vestibule.signin.errors import SigninOver
from vestibule.signin.flows import Opened, finish
from vestibule.signin.held import held
from vestibule.signin.passkey_try import Asked, record_refusal, take_answer
from vestibule.signin.schedule import ENROLMENT
from vestibule.signin.stages import Pending, Stage
from vestibule.subjects.flows import SubjectSeen, lock, revoke


@dataclass(frozen=True)
class Wanted:
    """What somebody sent to add a passkey."""

    answer: str
    name: str
    site: RelyingParty
    link: Link | None
    """Used up with it, where the policy wants one."""
    known_cookie: str | None


@dataclass(frozen=True)
class _Verified:
    passkey: NewPasskey
    codes: tuple[BackupCode, ...]
    hashed: list[HashedCode]


def from_signin(services: Services, pending: Pending, wanted: Wanted, origin: Origin) -> Opened:
    """Add the first passkey of an account that must have a second step, or a passkey.

    Raises ``PasskeyRefused``, ``TooManyPasskeys``, ``LinkRefused``, ``TooManyTries``,
    :class:`SigninOver`, ``Busy``, ``Unavailable``.
    """
    if pending.stage not in (Stage.ENROLMENT, Stage.PASSKEY_ENROLMENT):
        raise SigninOver  # a recovery takes the old factors away with its first code
    # Backup codes open nothing where only a passkey does.
    with_codes = pending.stage is not Stage.PASSKEY_ENROLMENT
    verified = _verify(services, pending, wanted, origin, with_codes=with_codes)

    def change(connection: Connection, now: datetime, seen: SubjectSeen) -> SubjectSeen:
        is_first = not held(connection, seen.id)
        if not is_first and pending.second_step_at is None:
            raise SigninOver  # set up in another tab meanwhile: a password adds nothing to it
        current = _add(connection, now, seen, verified, wanted, origin)
        if not is_first:
            stay_known(connection, current)
        else:
            stays_known(connection, current, wanted.known_cookie)
        return current

    with _refusals_recorded(services, pending.subject_id, origin):
        return finish(
            services,
            pending,
            Factor.PASSKEY,
            origin,
            wanted.known_cookie,
            change,
            as_text(verified.codes),
        )


def from_session(services: Services, session: LiveSession, wanted: Wanted, origin: Origin) -> str:
    """Add one more passkey, or an optional first one; returns the session's new token.

    Every other session and pending sign-in of the account ends (SES-10). Raises as
    :func:`from_signin`, and :class:`NotFresh` (SES-13, TOTP-14).
    """
    require_fresh(services, session)
    verified = _verify(services, session, wanted, origin, with_codes=True)
    seen, now = SubjectSeen(session.subject_id, session.version), services.clock.now()
    with (
        _refusals_recorded(services, session.subject_id, origin),
        services.database.write() as connection,
    ):
        if not lock(connection, seen):
            raise SigninOver
        is_first = not held(connection, seen.id)
        if session.factors.second_step_at is None and not is_first:
            # L05: a session of the password alone changes no factor of an account that has one.
            raise NotFresh
        current = _add(connection, now, seen, verified, wanted, origin)
        if is_first:
            stays_known(connection, current, wanted.known_cookie)
        else:
            stay_known(connection, current)  # the password is the same
        token = renew(
            connection,
            services,
            now,
            session,
            subject=current,
            factors=Factors(session.factors.first_step_at, second_step_at=now, by_passkey=True),
            origin=origin,
            unseen_codes=as_text(verified.codes),
        )
        if token is None:
            raise SigninOver
        return token


@contextmanager
def _refusals_recorded(services: Services, subject_id: str, origin: Origin) -> Iterator[None]:
    """Around a transaction, not within: what was refused is told, and nothing else is kept."""
    try:
        yield
    except PasskeyRefused as refused:
        record_refusal(services, subject_id, refused, origin, EventKind.PASSKEY_REFUSED)
        raise


def _verify(
    services: Services,
    holder: Pending | LiveSession,
    wanted: Wanted,
    origin: Origin,
    *,
    with_codes: bool,
) -> _Verified:
    """Verify the answer, and hash the backup codes if any are due."""
    asked = Asked(Purpose.REGISTER, holder.id, holder.subject_id)
    # One slot for the whole: the ten hashes are work that strangers can buy by registering.
    with services.hasher.slot() as slot:
        with _refusals_recorded(services, holder.subject_id, origin):
            attempt = Try(ENROLMENT, holder.subject_id)
            answer = take_answer(services, asked, wanted.answer, attempt, origin)
            passkey = verifying.verify_new(answer, wanted.site)
        if not with_codes:
            return _Verified(passkey, (), [])
        return _Verified(passkey, *codes_if_none_left(services, slot, holder.subject_id))


def _add(
    connection: Connection,
    now: datetime,
    seen: SubjectSeen,
    verified: _Verified,
    wanted: Wanted,
    origin: Origin,
) -> SubjectSeen:
    """Add it and its backup codes, and end what was built on the factors before."""
    if wanted.link:
        one_time_tokens.use(connection, now, wanted.link, seen, LinkPurpose.ENROLMENT, origin)
    passkeys.add(connection, now, seen.id, verified.passkey, wanted.name, origin)
    if verified.hashed:
        backup_codes.replace_set(
            connection, now, seen.id, verified.hashed, origin, with_factor=True
        )
    return revoke(connection, seen)
