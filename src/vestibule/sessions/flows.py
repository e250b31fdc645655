"""Opening, loading, renewing and ending sessions."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select

from vestibule.audit.flows import record
from vestibule.audit.values import EventKind, Factor, Origin
from vestibule.foundation.again import again
from vestibule.foundation.database import claim
from vestibule.foundation.plain_reads import PlainRead
from vestibule.foundation.purging import delete_over
from vestibule.foundation.services import Services
from vestibule.foundation.tokens import new_id, new_token, token_key
from vestibule.sessions.models import Session
from vestibule.sessions.values import (
    CONFIRMED_FOR,
    SEEN_EVERY,
    Factors,
    LiveSession,
    SigninContext,
    context_of,
)
from vestibule.subjects.flows import SubjectSeen, lock, lock_as_it_is
from vestibule.subjects.models import Subject

# Statements on the path of every sign-in and page are made once: building one costs as much as
# running it.
_INSERT = insert(Session)
_LOAD = PlainRead(
    select(
        Session.id,
        Session.public_id,
        Session.subject_id,
        Session.version,
        Subject.user_id,
        Session.login_id,
        Session.created_at,
        Session.ends_at,
        Session.last_seen_at,
        Session.first_step_at,
        Session.second_step_at,
        Session.unseen_codes,
        Session.method,
        Session.amr,
        Session.remembered,
        Session.trusted_by,
        Session.asks_for,
        Session.by_passkey,
    )
    .join(Subject, Subject.id == Session.subject_id)
    # The version decides: a session made before a revoking change is not even found (P7).
    .where(Session.id == bindparam("id"), Subject.version == Session.version, Subject.closed == "")
)


def open_session(
    connection: Connection,
    services: Services,
    now: datetime,
    *,
    subject: SubjectSeen,
    login_id: str,
    context: SigninContext,
    factors: Factors,
    factor: Factor | None,
    origin: Origin,
    unseen_codes: str | None = None,
    kind: EventKind = EventKind.SIGNED_IN,
    known_browser: bool = False,
) -> str:
    """Insert a session on the caller's transaction and return its token.

    The caller has locked ``subject`` (:func:`vestibule.subjects.flows.lock`) in this transaction,
    so the version that the row carries is the current one until the commit.
    """
    token = new_token()
    _insert(
        connection,
        services,
        now,
        token=token,
        public_id=new_id(),
        subject=subject,
        login_id=login_id,
        context=context,
        factors=factors,
        origin=origin,
        created_at=now,
        ends_at=now + services.settings.session_absolute,
        unseen_codes=unseen_codes,
    )
    record(
        connection,
        now,
        kind,
        origin=origin,
        subject_id=subject.id,
        factor=factor,
        details={
            "level": factors.level.value,
            "session": token_key(token),
            "method": context.method,
            # Nobody is told by mail of a browser that signed in before (NOTE-2).
            **({"known_browser": True} if known_browser else {}),
        },
    )
    return token


def renew(
    connection: Connection,
    services: Services,
    now: datetime,
    session: LiveSession,
    *,
    subject: SubjectSeen,
    factors: Factors,
    origin: Origin,
    unseen_codes: str | None = None,
    confirmed_for: str | None = None,
) -> str | None:
    """Replace a session by one with a new token (SES-3); its overall limit stays.

    ``confirmed_for`` is an action that a code was entered for just now. None where the session was
    ended meanwhile: two renewals at once leave one session.
    """
    if connection.execute(delete(Session).where(Session.id == session.id)).rowcount != 1:
        return None
    token = new_token()
    _insert(
        connection,
        services,
        now,
        token=token,
        public_id=session.public_id,
        subject=subject,
        login_id=session.login_id,
        context=session.context,
        factors=factors,
        origin=origin,
        created_at=session.created_at,
        ends_at=session.ends_at,
        unseen_codes=unseen_codes,
        confirmed_for=confirmed_for,
    )
    return token


def _insert(
    connection: Connection,
    services: Services,
    now: datetime,
    *,
    token: str,
    public_id: str,
    subject: SubjectSeen,
    login_id: str,
    context: SigninContext,
    factors: Factors,
    origin: Origin,
    created_at: datetime,
    ends_at: datetime,
    unseen_codes: str | None,
    confirmed_for: str | None = None,
) -> None:
    key = token_key(token)
    sealed = None
    if unseen_codes is not None:
        sealed = services.keyring.seal_text(unseen_codes.encode(), "unseen-codes", key)
    connection.execute(
        _INSERT,
        {
            "id": key,
            "public_id": public_id,
            "subject_id": subject.id,
            "version": subject.version,
            "login_id": login_id,
            "level": factors.level.value,
            "created_at": created_at,
            "ends_at": ends_at,
            "last_seen_at": now,
            "first_step_at": factors.first_step_at,
            "second_step_at": factors.second_step_at,
            "remembered": factors.remembered,
            "trusted_by": factors.trusted_by,
            "by_passkey": factors.by_passkey,
            "address": origin.address,
            "browser": origin.browser,
            "unseen_codes": sealed,
            "confirmed_for": confirmed_for,
            "method": context.method,
            "amr": context.amr_text,
        },
    )


def load(services: Services, token: str) -> LiveSession | None:
    """The session behind a cookie's token: one indexed read; last-seen at most once a minute."""
    with services.database.read() as connection:
        row = _LOAD.first(connection, id=token_key(token))
    if row is None:
        return None
    first, second, codes, method, amr, remembered, trusted_by, asks_for, by_passkey = row[9:]
    factors = Factors(first, second, remembered, trusted_by, by_passkey)
    session = LiveSession(*(*row[:9], factors, codes, context_of(method, amr), asks_for))
    now = services.clock.now()
    # The server's rows decide, never the cookie's age (SES-5).
    if now >= session.ends_at or now - session.last_seen_at > services.settings.session_idle:
        return None
    if now - session.last_seen_at >= SEEN_EVERY:
        with services.database.write() as connection:
            claim(
                connection,
                Session,
                [Session.id == session.id, Session.last_seen_at == session.last_seen_at],
                last_seen_at=now,
            )
    return session


def ask_for(services: Services, session: LiveSession, action: str) -> LiveSession:
    """Note that this action wants a code of its own: the next one is entered for it (SES-14)."""
    with services.database.write() as connection:
        claim(connection, Session, [Session.id == session.id], asks_for=action)
    return session._replace(asks_for=action)


def confirm_for(services: Services, token: str, action: str) -> None:
    """Note that the person signed in once more for this action, where no code could be asked."""
    with services.database.write() as connection:
        claim(connection, Session, [Session.id == token_key(token)], confirmed_for=action)


def use_confirmation(services: Services, session: LiveSession, action: str) -> bool:
    """Whether a code was entered for this very action just now. It is used up by that: of two
    requests at once one gets it.
    """
    if not session.is_fresh(services.clock.now(), CONFIRMED_FOR):
        return False
    confirmed = [Session.id == session.id, Session.confirmed_for == action]
    with services.database.write() as connection:
        return claim(connection, Session, confirmed, confirmed_for=None)


def hold(connection: Connection, session: LiveSession) -> bool:
    """Whether the session was not ended meanwhile; then not before this transaction ends.

    The transaction wrote something before: on SQLite a read keeps nobody from writing.
    """
    row = select(Session.id).where(Session.id == session.id).with_for_update()
    is_current = lock(connection, SubjectSeen(session.subject_id, session.version))
    return is_current and connection.execute(row).first() is not None


@again
def end(services: Services, session: LiveSession, origin: Origin) -> None:
    """Sign out: the row goes, so the token is dead on every worker and node at once (P7)."""
    with services.database.write() as connection:
        end_on(connection, services.clock.now(), session, origin)


def end_on(connection: Connection, now: datetime, session: LiveSession, origin: Origin) -> None:
    """As :func:`end`, inside a transaction that the caller holds.

    Whatever token it has by now: another tab may have confirmed something at this moment.
    """
    lock_as_it_is(connection, session.subject_id)
    same = [Session.subject_id == session.subject_id, Session.public_id == session.public_id]
    gone = connection.execute(delete(Session).where(*same)).rowcount
    if gone:
        record(
            connection,
            now,
            EventKind.SIGNED_OUT,
            origin=origin,
            subject_id=session.subject_id,
            details={"session": session.id},
        )


def end_those_of_trust(connection: Connection, subject_id: str, trusted_by: str) -> None:
    """End the sessions in which this trusted browser stood for the second step."""
    connection.execute(
        delete(Session).where(Session.subject_id == subject_id, Session.trusted_by == trusted_by)
    )


def take_unseen_codes(services: Services, session: LiveSession, origin: Origin) -> str | None:
    """The backup codes made with this session, once: of two loads at once only one gets them."""
    if session.unseen_codes is None:
        return None
    with services.database.write() as connection:
        if not claim(
            connection,
            Session,
            [Session.id == session.id, Session.unseen_codes.is_not(None)],
            unseen_codes=None,
        ):
            return None
        record(
            connection,
            services.clock.now(),
            EventKind.BACKUP_CODES_SHOWN,
            origin=origin,
            subject_id=session.subject_id,
        )
    return services.keyring.unseal_text(session.unseen_codes, "unseen-codes", session.id).decode()


def purge(connection: Connection, now: datetime) -> int:
    """Delete sessions whose overall limit has passed."""
    return delete_over(connection, Session, Session.ends_at <= now)
