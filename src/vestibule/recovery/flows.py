"""A recovery that was asked for: found, stopped, told of, and gone when its time is over."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, select

from vestibule.audit.flows import record
from vestibule.audit.values import EventKind, Origin
from vestibule.foundation.database import claim
from vestibule.foundation.purging import delete_over
from vestibule.foundation.services import Services
from vestibule.recovery.models import Recovery
from vestibule.recovery.values import UnderWay
from vestibule.subjects.flows import SubjectSeen, lock_as_it_is
from vestibule.subjects.models import Subject

MAILBOX = "recovery mailbox"
"""Purpose of the keyed hash of the address that a recovery was asked with."""

NOWHERE = Origin("", "", "")

_UNDER_WAY = (
    select(
        Recovery.subject_id,
        Recovery.asked_at,
        Recovery.opens_at,
        Recovery.ends_at,
        Recovery.address,
        Recovery.browser,
    )
    # The version decides: what was revoked meanwhile makes it void (P7).
    .join(Subject, Subject.id == Recovery.subject_id)
    .where(
        Recovery.subject_id == bindparam("subject_id"),
        Recovery.version == Subject.version,
        Recovery.ends_at > bindparam("now"),
    )
)


def under_way(connection: Connection, now: datetime, subject_id: str) -> UnderWay | None:
    """The recovery that was asked for this account, if it is not void."""
    row = connection.execute(_UNDER_WAY, {"subject_id": subject_id, "now": now}).first()
    return UnderWay(*row) if row else None


def stop(services: Services, subject_id: str, by: str, origin: Origin) -> bool:
    """Stop the recovery of an account; False where there is none (any more)."""
    with services.database.write() as connection:
        # The subject first, as everywhere: one order, no deadlock.
        if lock_as_it_is(connection, subject_id) is None:
            return False
        return stop_on(connection, services.clock.now(), subject_id, by, origin)


def stop_on(
    connection: Connection,
    now: datetime,
    subject_id: str,
    by: str,
    origin: Origin,
    *,
    actor: str | None = None,
    reason: str | None = None,
) -> bool:
    """As :func:`stop`, in the caller's transaction. The DELETE is the claim: of a stop and a set-up
    at once one finds the row."""
    gone = connection.execute(delete(Recovery).where(Recovery.subject_id == subject_id)).rowcount
    if gone:
        record(
            connection,
            now,
            EventKind.RECOVERY_STOPPED,
            origin=origin,
            subject_id=subject_id,
            actor=actor,
            details={"by": by} | ({"reason": reason} if reason else {}),
        )
    return bool(gone)


def discard(connection: Connection, subject_id: str) -> None:
    """Without an event of its own: what it was asked for is done, or told otherwise."""
    connection.execute(delete(Recovery).where(Recovery.subject_id == subject_id))


def tell_of_open_ones(services: Services) -> None:
    """Tell the owners of accounts whose waiting time is over; each once. Raises ``Unavailable``."""
    now = services.clock.now()
    due = (
        select(Recovery.subject_id)
        .join(Subject, Subject.id == Recovery.subject_id)
        .where(
            Recovery.version == Subject.version,
            Recovery.told_at.is_(None),
            Recovery.opens_at <= now,
            Recovery.ends_at > now,
        )
    )
    with services.database.read() as connection:
        found = connection.execute(due).scalars().all()
    for subject_id in found:
        with services.database.write() as connection:
            seen = lock_as_it_is(connection, subject_id)
            if seen:
                tell_once(connection, now, seen, NOWHERE)


def tell_once(connection: Connection, now: datetime, seen: SubjectSeen, origin: Origin) -> None:
    """Tell everybody of the account that the way is open, unless they were told, or it is void.

    The caller holds the lock.
    """
    untold = [
        Recovery.subject_id == seen.id,
        Recovery.version == seen.version,
        Recovery.told_at.is_(None),
    ]
    if claim(connection, Recovery, untold, told_at=now):
        kind = EventKind.RECOVERY_OPENED
        record(connection, now, kind, origin=origin, subject_id=seen.id)


def purge(connection: Connection, now: datetime) -> int:
    """Delete recoveries that nobody finished in time."""
    return delete_over(connection, Recovery, Recovery.ends_at <= now)
