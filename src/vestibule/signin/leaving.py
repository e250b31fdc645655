"""Ending the sessions and sign-ins of an account: one, or all."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection

from vestibule.audit.flows import record
from vestibule.audit.values import EventKind, Origin
from vestibule.browsers import flows as browsers
from vestibule.browsers.known import stay_known
from vestibule.foundation.budgets import clear
from vestibule.foundation.services import Services
from vestibule.sessions.flows import end_on, renew
from vestibule.sessions.values import LiveSession
from vestibule.signin.errors import SessionOver
from vestibule.signin.password_try import clear_for
from vestibule.signin.schedule import CODE_STRANGERS
from vestibule.subjects.flows import (
    SubjectSeen,
    bar_recovery,
    end_adoption,
    ensure,
    ensure_on,
    find,
    lock,
    locked,
    revoke,
)


def sign_out(
    services: Services,
    session: LiveSession | None,
    user_before: str | None,
    browser_cookie: str | None,
    origin: Origin,
) -> None:
    """End what this browser holds: its session, and that it is remembered.

    ``user_before`` is whose sign-in from before Vestibule it came with. Nobody takes over any of
    the account's after this.
    """
    now = services.clock.now()
    with services.database.write() as connection:
        if session is not None:
            end_adoption(connection, now, session.subject_id)
        elif user_before is not None:
            end_adoption(connection, now, ensure_on(connection, now, user_before).id)
        if browser_cookie is not None:
            browsers.end(connection, browser_cookie, but=session.id if session else "")
        if session is not None:
            end_on(connection, now, session, origin)


def end_everything(
    services: Services,
    user_id: str,
    kind: EventKind,
    origin: Origin,
    keep: LiveSession | None,
    known_cookie: str | None = None,
    names: Collection[str] = (),
) -> str | None:
    """End every session and pending sign-in of a user, on every node, at the next request (P7).

    ``keep`` is the session that asked for it; it goes on under a new token, which is returned. It
    must belong to that user. Its browser stays known, all others are strangers from now on.
    ``names`` are those that the user signs in with: after a new password tries begin anew.
    """
    # Also for a user who was never here: nothing from before Vestibule is taken over then.
    seen: SubjectSeen | None = ensure(services, user_id)
    while seen is not None:
        now = services.clock.now()
        with services.database.write() as connection:
            if lock(connection, seen):
                known = known_cookie if keep else None
                inside = _is_inside(keep)
                current = _end(connection, now, seen, kind, origin, known, by_owner=inside)
                if kind is EventKind.PASSWORD_CHANGED:
                    clear_for(connection, services, user_id, names)
                return _kept(connection, services, now, keep, current, origin)
        # Something else was revoked meanwhile: what must end may have begun after that.
        with services.database.read() as connection:
            seen = find(connection, user_id)
    return None


def end_everything_on(
    connection: Connection,
    services: Services,
    user_id: str,
    kind: EventKind,
    origin: Origin,
    keep: LiveSession | None,
    known_cookie: str | None = None,
    names: Collection[str] = (),
) -> str | None:
    """As :func:`end_everything`, in the caller's transaction.

    Raises :class:`SessionOver` where ``keep`` was ended meanwhile: what it asked for must not be.
    """
    now = services.clock.now()
    seen = locked(connection, now, user_id)
    known, inside = known_cookie if keep else None, _is_inside(keep)
    current = _end(connection, now, seen, kind, origin, known, by_owner=inside)
    if kind is EventKind.PASSWORD_CHANGED:
        clear_for(connection, services, user_id, names)
    token = _kept(connection, services, now, keep, current, origin)
    if keep is not None and token is None:
        raise SessionOver
    return token


def _is_inside(session: LiveSession | None) -> bool:
    """Whether a password is changed by somebody who passed every step; anybody else may have done
    it with a link from the mailbox."""
    if session is None:
        return False
    return not (session.factors.remembered or session.factors.trusted_by)


def _end(
    connection: Connection,
    now: datetime,
    seen: SubjectSeen,
    kind: EventKind,
    origin: Origin,
    known_cookie: str | None,
    *,
    by_owner: bool,
) -> SubjectSeen:
    current = revoke(connection, seen)
    record(connection, now, kind, origin=origin, subject_id=seen.id)
    if kind is EventKind.PASSWORD_CHANGED:
        # Who knew the old password is a stranger to the second step again.
        clear(connection, CODE_STRANGERS, seen.id)
        if not by_owner:
            bar_recovery(connection, now, seen.id)
    if kind is EventKind.EMAIL_CHANGED:
        # The password is the same: who was no stranger before is none now.
        stay_known(connection, current)
    elif known_cookie:
        stay_known(connection, current, known_cookie)
    return current


def _kept(
    connection: Connection,
    services: Services,
    now: datetime,
    keep: LiveSession | None,
    subject: SubjectSeen,
    origin: Origin,
) -> str | None:
    if keep is None or keep.subject_id != subject.id or keep.version != subject.version - 1:
        return None
    return renew(
        connection,
        services,
        now,
        keep,
        subject=subject,
        factors=keep.factors,
        origin=origin,
    )
