"""Beginning a sign-in, carrying it between the steps, and opening the session at its end.

This is the only place that opens a full session.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import Connection, bindparam, delete, insert, select

from vestibule.audit.flows import record
from vestibule.audit.values import EventKind, Factor, Origin
from vestibule.browsers import flows as browsers
from vestibule.browsers import known, trusted
from vestibule.browsers.trusted import Trusted
from vestibule.browsers.two_parts import CookieOver
from vestibule.browsers.values import NewCookie, Remembered, bounded
from vestibule.foundation.again import again
from vestibule.foundation.database import claim
from vestibule.foundation.purging import delete_over
from vestibule.foundation.services import Services
from vestibule.foundation.tokens import new_token, token_key
from vestibule.sessions.flows import open_session
from vestibule.sessions.values import Factors, SigninContext, context_of
from vestibule.signin.at_hand import count
from vestibule.signin.errors import SigninOver
from vestibule.signin.models import PendingSignin
from vestibule.signin.password_try import PasswordTry
from vestibule.signin.policy import Demand
from vestibule.signin.stages import (
    OF_A_SECOND_STEP,
    Pending,
    PendingOver,
    Stage,
    stages_left,
)
from vestibule.signin.trusting import may_be_trusted
from vestibule.subjects.flows import SubjectSeen, ensure, lock
from vestibule.subjects.models import Subject

if TYPE_CHECKING:
    from vestibule.signin.passkey_try import JudgedPasskey

_INSERT = insert(PendingSignin)
_TAKE = delete(PendingSignin).where(
    PendingSignin.id == bindparam("id"), PendingSignin.ends_at > bindparam("now")
)
_LOAD = (
    select(
        PendingSignin.id,
        PendingSignin.subject_id,
        PendingSignin.version,
        Subject.user_id,
        PendingSignin.login_id,
        PendingSignin.account_name,
        PendingSignin.stages,
        PendingSignin.next_url,
        PendingSignin.host_session,
        PendingSignin.method,
        PendingSignin.amr,
        PendingSignin.remembered,
        PendingSignin.by_password,
        PendingSignin.remember_for,
        PendingSignin.first_step_at,
        PendingSignin.ends_at,
        PendingSignin.second_step_at,
        (Subject.version == PendingSignin.version).label("is_current"),
    )
    .join(Subject, Subject.id == PendingSignin.subject_id)
    .where(PendingSignin.id == bindparam("id"), Subject.closed == "")
)


_MAY_RECOVER = (
    Stage.SECOND_STEP.value,
    Stage.PASSKEY.value,
    f"{Stage.SECOND_STEP.value} {Stage.PASSKEY_ENROLMENT.value}",
)


class FirstStep(NamedTuple):
    """Who passed the first step: ``login_user()`` said so, or a remembered browser came."""

    user_id: str
    login_id: str
    account_name: str
    attempt: PasswordTry | None
    seen: SubjectSeen | None
    context: SigninContext
    demand: Demand
    """What the policy said of this user, who came in this way."""
    remember_for: timedelta | None = None
    """How long the host wants this browser remembered, once every step is passed."""
    remembered: Remembered | None = None
    """The browser whose cookie was the first step."""
    known_cookie: str | None = None
    """What the browser came with to be known by."""
    trusted: Trusted | None = None
    """The trusted browser that this is, perhaps another account's. Never beside ``remembered``: two
    cookies are no password.
    """
    passkey: "JudgedPasskey | None" = None
    """What stands for both steps: the person held it, and it asked for a PIN, finger or face."""


class Waiting(NamedTuple):
    """The browser holds a pending sign-in's token; this stage comes next."""

    token: str
    stage: Stage
    remember: NewCookie | None = None
    """What a remembered browser holds from now on."""


class Opened(NamedTuple):
    """Nothing more to pass: the browser holds a session's token."""

    token: str
    subject_id: str
    remember: NewCookie | None = None
    """What the browser holds from now on to be remembered by."""
    known: NewCookie | None = None
    """What it is known by from now on, to this account and others."""
    trust: NewCookie | None = None
    """What it is trusted by from now on."""
    by_trust: bool = False
    """Whether the second step was left out in a trusted browser."""


class TrustWish(NamedTuple):
    """The person wants this browser trusted, and may."""

    lasts: timedelta
    held: str | None
    """The cookie that the browser is trusted by so far."""


@again
def begin(
    services: Services,
    first: FirstStep,
    next_url: str | None,
    origin: Origin,
    host_session: str | None = None,
    and_then: Callable[[Connection, datetime, str], None] | None = None,
) -> Opened | Waiting:
    """Turn a passed first step into what comes next, in one transaction.

    ``host_session`` is what the host's view wrote into its session; it waits encrypted.
    ``and_then`` runs in that transaction for the account's id, once the account is locked.

    Raises :class:`SigninOver` where the account was revoked while the password was hashed, and
    where a remembered browser is not enough.
    """
    seen = first.seen or ensure(services, first.user_id)
    now = services.clock.now()
    first_step_at = first.remembered.first_step_at if first.remembered else now
    factor = Factor.REMEMBERED_BROWSER if first.remembered else Factor.PASSWORD
    second_step_at = None
    with services.database.write() as connection:
        if not lock(connection, seen):
            raise SigninOver
        if and_then:
            and_then(connection, now, seen.id)
        if first.attempt:
            first.attempt.clear_on(connection)
        stored = count(connection, seen.id)
        stages = stages_left(
            has_second_step=bool(stored),
            is_required=first.demand.is_required,
            has_passkey=bool(stored.passkeys),
            phishing_resistant=first.demand.phishing_resistant,
        )
        trust, trusted_by = None, None
        if first.passkey:
            first.passkey.spend_on(connection, now, origin)
            stages, second_step_at, factor = (), now, Factor.PASSKEY
        elif first.trusted and stored.is_usable and _may_leave_out(services, first, seen):
            try:
                trust = trusted.use(connection, now, first.trusted)
                stages, trusted_by = (), first.trusted.id
            except CookieOver:
                pass  # ended meanwhile: the second step is asked for
        cookie = _used_up(connection, now, first.remembered, stages) if first.remembered else None
        if not stages:
            # A cookie that stood for a step says nothing new of the browser.
            by, was_known = None, True
            if not first.remembered and not trusted_by:
                by, was_known = known.know(connection, now, seen, first.known_cookie, origin)
            token = open_session(
                connection,
                services,
                now,
                subject=seen,
                login_id=first.login_id,
                context=first.context,
                factors=Factors(
                    first_step_at,
                    second_step_at,
                    first.remembered is not None,
                    trusted_by,
                    by_passkey=first.passkey is not None,
                ),
                factor=Factor.TRUSTED_BROWSER if trusted_by else factor,
                origin=origin,
                known_browser=was_known,
            )
            if first.remember_for:
                cookie = browsers.remember(
                    connection,
                    now,
                    subject=seen,
                    login_id=first.login_id,
                    method=first.context.method,
                    first_step_at=now,
                    lasts=first.remember_for,
                    origin=origin,
                )
            return Opened(token, seen.id, cookie, by, trust, bool(trusted_by))
        token = new_token()
        key = token_key(token)
        connection.execute(
            _INSERT,
            {
                "id": key,
                "subject_id": seen.id,
                "version": seen.version,
                "login_id": first.login_id,
                "account_name": first.account_name[:255],
                "stages": " ".join(stages),
                "next_url": next_url,
                "host_session": _sealed(services, key, host_session),
                "method": first.context.method,
                "amr": first.context.amr_text,
                "remembered": first.remembered is not None,
                "by_password": first.attempt is not None,
                "remember_for": _seconds(first.remember_for),
                "first_step_at": first_step_at,
                "ends_at": now + _lifetime(services, stages[0]),
            },
        )
        record(
            connection,
            now,
            EventKind.SIGNIN_STARTED,
            origin=origin,
            subject_id=seen.id,
            factor=factor,
            details={"stage": stages[0].value},
        )
    return Waiting(token, stages[0], cookie)


def _may_leave_out(services: Services, first: FirstStep, seen: SubjectSeen) -> bool:
    """Whether the trusted browser is this account's (L53), and nothing was revoked since."""
    return (
        first.trusted is not None
        and first.trusted.subject == seen
        and may_be_trusted(services.settings, first.demand)
    )


def _used_up(
    connection: Connection, now: datetime, browser: Remembered, stages: Sequence[Stage]
) -> NewCookie | None:
    if Stage.ENROLMENT in stages or Stage.PASSKEY_ENROLMENT in stages:
        # Else whoever stole the cookie sets up a second step, and the account is theirs.
        raise SigninOver
    try:
        return browsers.use(connection, now, browser)
    except CookieOver:
        raise SigninOver from None


def _seconds(length: timedelta | None) -> int | None:
    return None if length is None else int(bounded(length).total_seconds())


def _lifetime(services: Services, stage: Stage) -> timedelta:
    # Finding and installing an app takes longer than reading a code from one.
    if stage not in OF_A_SECOND_STEP:
        return max(services.settings.pending_lifetime, services.settings.enrolment_lifetime)
    return services.settings.pending_lifetime


def load(services: Services, token: str) -> Pending | PendingOver | None:
    """The pending sign-in behind a cookie's token; over where it is too old or was revoked."""
    with services.database.read() as connection:
        row = connection.execute(_LOAD, {"id": token_key(token)}).first()
    if row is None:
        return None
    if not row.is_current or row.ends_at <= services.clock.now():
        stage = Stage(row.stages.split()[0])
        allowed = _lifetime(services, stage) if row.is_current else None
        return PendingOver(row.account_name, row.next_url, allowed)
    return Pending(
        row.id,
        row.subject_id,
        row.version,
        row.user_id,
        row.login_id,
        row.account_name,
        tuple(Stage(stage) for stage in row.stages.split()),
        row.next_url,
        row.host_session,
        context_of(row.method, row.amr),
        row.remembered,
        row.by_password,
        row.remember_for,
        row.first_step_at,
        row.ends_at,
        row.second_step_at,
    )


def _sealed(services: Services, key: str, host_session: str | None) -> str | None:
    if host_session is None:
        return None
    return services.keyring.seal_text(host_session.encode(), "host-session", key)


def host_session(services: Services, pending: Pending) -> str | None:
    """What the host's view wrote into its session when this sign-in began."""
    if pending.host_session is None:
        return None
    text = services.keyring.unseal_text(pending.host_session, "host-session", pending.id)
    return text.decode()


@again
def finish(
    services: Services,
    pending: Pending,
    factor: Factor,
    origin: Origin,
    known_cookie: str | None,
    change: Callable[[Connection, datetime, SubjectSeen], SubjectSeen],
    unseen_codes: str | None = None,
    wish: TrustWish | None = None,
) -> Opened:
    """Open the session of a pending sign-in whose last stage is passed.

    ``change`` spends the code and makes what else belongs to it, on the same transaction: a killed
    process leaves the code spent *and* the session and events written, or nothing (P6). It returns
    the subject under which the session is opened. Raises :class:`SigninOver`, and what ``change``
    raises.
    """
    seen = SubjectSeen(pending.subject_id, pending.version)
    now = services.clock.now()
    with services.database.write() as connection:
        _take(connection, now, pending, seen)
        if len(pending.stages) > 1:
            raise SigninOver
        seen = change(connection, now, seen)
        by, was_known = known.know(connection, now, seen, known_cookie, origin)
        token = open_session(
            connection,
            services,
            now,
            subject=seen,
            login_id=pending.login_id,
            context=pending.context,
            factors=Factors(
                pending.first_step_at,
                now,
                pending.remembered,
                by_passkey=factor is Factor.PASSKEY,
            ),
            factor=factor,
            origin=origin,
            unseen_codes=unseen_codes,
            known_browser=was_known,
        )
        cookie = None
        if pending.remember_for:
            cookie = browsers.remember(
                connection,
                now,
                subject=seen,
                login_id=pending.login_id,
                method=pending.context.method,
                first_step_at=pending.first_step_at,
                lasts=timedelta(seconds=pending.remember_for),
                origin=origin,
            )
        trust = None
        # Where a cookie was the first step, nobody has shown the password.
        if wish and not pending.remembered:
            trust = trusted.trust(connection, now, seen, wish.lasts, wish.held, origin)
        return Opened(token, seen.id, cookie, by, trust)


def _take(connection: Connection, now: datetime, pending: Pending, seen: SubjectSeen) -> None:
    # Lock the subject first, everywhere: one order, no deadlock.
    if not lock(connection, seen):
        raise SigninOver
    # The DELETE is the claim: of two requests that finish one sign-in, one opens a session.
    if connection.execute(_TAKE, {"id": pending.id, "now": now}).rowcount != 1:
        raise SigninOver


@again
def go_on(
    services: Services,
    pending: Pending,
    change: Callable[[Connection, datetime, SubjectSeen], SubjectSeen],
) -> Waiting:
    """Lead a sign-in on whose second step is passed, and is not all that is asked.

    It goes on under a new token: whoever planted the old one in this browser must not hold what its
    owner's second step opened. ``change`` and what is raised as for :func:`finish`.
    """
    seen, now = SubjectSeen(pending.subject_id, pending.version), services.clock.now()
    token, stages = new_token(), pending.stages[1:]
    key, kept = token_key(token), host_session(services, pending)
    with services.database.write() as connection:
        _take(connection, now, pending, seen)
        seen = change(connection, now, seen)
        connection.execute(
            _INSERT,
            {
                "id": key,
                "subject_id": seen.id,
                "version": seen.version,
                "login_id": pending.login_id,
                "account_name": pending.account_name,
                "stages": " ".join(stages),
                "next_url": pending.next_url,
                "host_session": _sealed(services, key, kept),
                "method": pending.context.method,
                "amr": pending.context.amr_text,
                "remembered": pending.remembered,
                "by_password": pending.by_password,
                "remember_for": pending.remember_for,
                "first_step_at": pending.first_step_at,
                "second_step_at": now,
                "ends_at": now + _lifetime(services, stages[0]),
            },
        )
    return Waiting(token, stages[0])


def enrols_anew(
    connection: Connection, services: Services, now: datetime, pending: Pending
) -> None:
    """Let a pending sign-in go on with a set-up in place of its second step.

    The caller knows that a recovery allows it, and has locked the subject. Raises
    :class:`SigninOver`.
    """
    waits = [
        PendingSignin.id == pending.id,
        PendingSignin.stages.in_(_MAY_RECOVER),
        PendingSignin.ends_at > now,
    ]
    ends_at = now + _lifetime(services, Stage.RECOVERY)
    if not claim(connection, PendingSignin, waits, stages=Stage.RECOVERY.value, ends_at=ends_at):
        raise SigninOver


def is_waiting(connection: Connection, now: datetime, pending: Pending) -> bool:
    """Whether a pending sign-in is still there: not given up, not finished by another request."""
    still = select(PendingSignin.id).where(
        PendingSignin.id == pending.id, PendingSignin.ends_at > now
    )
    return connection.execute(still).first() is not None


def give_up(services: Services, pending: Pending, origin: Origin) -> None:
    """End a pending sign-in because the person says so."""
    with services.database.write() as connection:
        gone = connection.execute(delete(PendingSignin).where(PendingSignin.id == pending.id))
        if gone.rowcount:
            record(
                connection,
                services.clock.now(),
                EventKind.SIGNIN_ENDED,
                origin=origin,
                subject_id=pending.subject_id,
            )


def purge(connection: Connection, now: datetime) -> int:
    """Delete pending sign-ins a day after they ended; until then they lead people back kindly."""
    old = now - timedelta(days=1)
    return delete_over(connection, PendingSignin, PendingSignin.ends_at <= old)
