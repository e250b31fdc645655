"""Finding the subject of a user, and revoking what was given before."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select, update

from vestibule.foundation.database import insert_new
from vestibule.foundation.services import Services
from vestibule.foundation.tokens import new_id
from vestibule.subjects.models import Subject

_FIND = select(Subject.id, Subject.version).where(
    Subject.user_id == bindparam("user_id"), Subject.closed == ""
)
_LOCK = (
    select(Subject.id)
    .where(
        Subject.id == bindparam("id"),
        Subject.version == bindparam("version"),
        Subject.closed == "",
    )
    .with_for_update(key_share=True)
)
_LOCK_ANY = (
    select(Subject.id, Subject.version)
    .where(Subject.id == bindparam("id"), Subject.closed == "")
    .with_for_update(key_share=True)
)


class SubjectSeen(NamedTuple):
    """A subject as it was seen at one moment; what is built on it holds only for that version."""

    id: str
    version: int


def find(connection: Connection, user_id: str) -> SubjectSeen | None:
    row = connection.execute(_FIND, {"user_id": user_id}).one_or_none()
    return SubjectSeen(row.id, row.version) if row else None


def ensure(services: Services, user_id: str) -> SubjectSeen:
    """The open subject of a user of the host, made where there is none yet."""
    with services.database.read() as connection:
        seen = find(connection, user_id)
    if seen:
        return seen
    with services.database.write() as connection:
        return ensure_on(connection, services.clock.now(), user_id)


def ensure_on(connection: Connection, now: datetime, user_id: str) -> SubjectSeen:
    """As :func:`ensure`, inside a transaction that the caller holds."""
    while True:
        # Two first requests of one user may arrive together: the unique index lets one insert win,
        # and both read the winner.
        insert_new(
            connection, Subject, id=new_id(), user_id=user_id, closed="", version=1, created_at=now
        )
        seen = find(connection, user_id)
        # None where the account that was there is closed between the two statements.
        if seen is not None:
            return seen


def lock_as_it_is(connection: Connection, subject_id: str) -> SubjectSeen | None:
    """As :func:`lock`, whatever was revoked before; None for an account that is closed."""
    row = connection.execute(_LOCK_ANY, {"id": subject_id}).first()
    return SubjectSeen(row.id, row.version) if row else None


def lock(connection: Connection, seen: SubjectSeen) -> bool:
    """Whether nothing was revoked since ``seen``, and keep it so until this transaction ends.

    Without the row lock a revocation could commit on PostgreSQL between this look and the commit
    of the row that is built on it. On SQLite the write transaction itself is that lock.
    """
    return connection.execute(_LOCK, {"id": seen.id, "version": seen.version}).first() is not None


def locked(connection: Connection, now: datetime, user_id: str) -> SubjectSeen:
    """The open subject of a user as it is now, made where there is none, under its lock."""
    seen = ensure_on(connection, now, user_id)
    # False where something was revoked between the two statements: look once more.
    while not lock(connection, seen):
        seen = ensure_on(connection, now, user_id)
    return seen


def revoke(connection: Connection, seen: SubjectSeen) -> SubjectSeen:
    """End every session and pending sign-in of a subject, on every node, at the next request.

    The caller holds the lock. Returns the subject as it is now.
    """
    connection.execute(
        update(Subject).where(Subject.id == seen.id).values(version=seen.version + 1)
    )
    return SubjectSeen(seen.id, seen.version + 1)


def bar_recovery(connection: Connection, now: datetime, subject_id: str) -> None:
    """A mailbox may have opened the account just now: it must not pass the second step as well."""
    connection.execute(
        update(Subject).where(Subject.id == subject_id).values(recovery_barred_at=now)
    )


def end_adoption(connection: Connection, now: datetime, subject_id: str) -> None:
    """From now on no sign-in from before Vestibule is taken over for this subject."""
    connection.execute(
        update(Subject)
        .where(Subject.id == subject_id, Subject.adoption_ended_at.is_(None))
        .values(adoption_ended_at=now)
    )
