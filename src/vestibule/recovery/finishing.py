"""Setting up a new second step when the waiting time is over."""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, select

from vestibule.audit.flows import record
from vestibule.audit.values import EventKind, Origin
from vestibule.authenticators.changing import remove_all
from vestibule.foundation.services import Services
from vestibule.one_time_tokens import flows as one_time_tokens
from vestibule.one_time_tokens.values import Link, Purpose
from vestibule.recovery.asking import refuse_unless_possible
from vestibule.recovery.flows import MAILBOX, tell_once
from vestibule.recovery.models import Recovery
from vestibule.recovery.values import RecoveryRefused, Why
from vestibule.signin import enrolling
from vestibule.signin.errors import SigninOver
from vestibule.signin.flows import Opened, enrols_anew
from vestibule.signin.stages import Pending
from vestibule.subjects.flows import SubjectSeen, lock


def begin_set_up(
    services: Services, pending: Pending, link: Link, mailbox: str | None, origin: Origin
) -> None:
    """Lead a pending sign-in on to the set-up of a new second step, when the time has come.

    Nothing of the old one is gone by that. Raises :class:`RecoveryRefused`, ``LinkRefused``,
    :class:`SigninOver`, ``Unavailable``.
    """
    recipient = refuse_unless_possible(services, pending, mailbox)
    # A node whose clock ran ahead would open every door early.
    services.database_clock.refuse_if_apart()
    now, seen = services.clock.now(), SubjectSeen(pending.subject_id, pending.version)
    with services.database.write() as connection:
        if not lock(connection, seen):
            raise SigninOver
        found = select(Recovery.subject_id).where(*_is_open(services, now, seen, recipient))
        if connection.execute(found).first() is None:
            raise RecoveryRefused(Why.NOT_OPEN)
        one_time_tokens.use(connection, now, link, seen, Purpose.RECOVERY, origin)
        tell_once(connection, now, seen, origin)
        enrols_anew(connection, services, now, pending)


def finish(
    services: Services,
    pending: Pending,
    mailbox: str | None,
    code: str,
    name: str,
    origin: Origin,
    known_cookie: str | None,
) -> Opened:
    """Put a new authenticator in place of all that the account had, and open the session.

    One transaction: there is no moment with neither, and of several at once one gets through. Every
    session, trust and backup code of before ends. Raises as
    :func:`vestibule.signin.enrolling.from_signin`, and :class:`RecoveryRefused`.
    """
    recipient = refuse_unless_possible(services, pending, mailbox)

    def in_place_of_all(connection: Connection, now: datetime, seen: SubjectSeen) -> None:
        used = delete(Recovery).where(*_is_open(services, now, seen, recipient))
        if connection.execute(used).rowcount != 1:
            raise RecoveryRefused(Why.NOT_OPEN)
        remove_all(connection, now, seen.id, origin)
        record(connection, now, EventKind.RECOVERED, origin=origin, subject_id=seen.id)

    return enrolling.from_signin(
        services, pending, code, name, origin, None, known_cookie, in_place_of_all
    )


def _is_open(
    services: Services, now: datetime, seen: SubjectSeen, recipient: str
) -> list[ColumnElement[bool]]:
    keys = services.keyring.macs(MAILBOX, recipient)
    return [
        Recovery.subject_id == seen.id,
        Recovery.version == seen.version,
        Recovery.mailbox.in_(keys),
        Recovery.opens_at <= now,
        Recovery.ends_at > now,
    ]
