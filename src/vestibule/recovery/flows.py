"""Asking for a new second step, stopping that, and setting it up when the time has come."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, bindparam, delete, or_, select

from vestibule.audit.flows import record
from vestibule.audit.values import EventKind, Origin
from vestibule.authenticators.changing import remove_all
from vestibule.foundation.budgets import Refused, Try, spend
from vestibule.foundation.database import claim, insert_new
from vestibule.foundation.services import Services
from vestibule.notices.flows import contact_on, write_mail
from vestibule.one_time_tokens import flows as one_time_tokens
from vestibule.one_time_tokens.values import Link, Purpose
from vestibule.recovery.letters import words_of_the_link
from vestibule.recovery.models import Recovery
from vestibule.recovery.values import (
    BARRED_FOR,
    LINK_LIFETIME,
    OPEN_FOR,
    RecoveryRefused,
    UnderWay,
    Why,
)
from vestibule.signin import enrolling
from vestibule.signin.errors import SigninOver, TooManyTries
from vestibule.signin.flows import Opened, enrols_anew, is_waiting
from vestibule.signin.schedule import RECOVERY_ASKED
from vestibule.signin.stages import Pending
from vestibule.subjects.flows import SubjectSeen, lock
from vestibule.subjects.models import Subject

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


def refuse_unless_possible(services: Services, pending: Pending, mailbox: str | None) -> str:
    """The confirmed address that a recovery can be asked with; raises :class:`RecoveryRefused`.

    ``mailbox`` is the address of the person that the host knows to be confirmed, where the policy
    leaves recovery to this account.
    """
    if not services.settings.recovery_after:
        raise RecoveryRefused(Why.OFF)
    if not pending.by_password or pending.remembered:
        # L38: a link from the mailbox as the first step, and that mailbox again, are one thing.
        raise RecoveryRefused(Why.NO_PASSWORD)
    with services.database.read() as connection:
        # Changes are watched of the addresses that notices go to, and of no others.
        if mailbox is None or mailbox not in contact_on(connection, pending.subject_id).addresses:
            raise RecoveryRefused(Why.NO_ADDRESS)
        _refuse_barred(connection, services.clock.now(), pending.subject_id)
    return mailbox


def _refuse_barred(connection: Connection, now: datetime, subject_id: str) -> None:
    since = connection.execute(
        select(Subject.recovery_barred_at).where(Subject.id == subject_id)
    ).scalar()
    if since is not None and now < since + BARRED_FOR:
        # REC-2, L39: a reset by mail and a recovery by mail would make the mailbox the account.
        raise RecoveryRefused(Why.BARRED, since + BARRED_FOR)


def send_link(
    services: Services,
    pending: Pending,
    mailbox: str | None,
    origin: Origin,
    address_of: Callable[[str], str],
) -> None:
    """Send the link that shows that whoever knows the password reads the mailbox too.

    ``address_of`` makes the link of its token. Raises :class:`RecoveryRefused`, ``TooManyTries``,
    :class:`SigninOver`, ``Unavailable``.
    """
    recipient = refuse_unless_possible(services, pending, mailbox)
    now, seen = services.clock.now(), SubjectSeen(pending.subject_id, pending.version)
    taken = spend(services.database, now, [Try(RECOVERY_ASKED, seen.id)])
    if isinstance(taken, Refused):
        raise TooManyTries(taken.kind, taken.retry_at)
    with services.database.write() as connection:
        if not lock(connection, seen) or not is_waiting(connection, now, pending):
            raise SigninOver
        if under_way(connection, now, seen.id):
            raise RecoveryRefused(Why.UNDER_WAY)
        purpose, lasts = Purpose.RECOVERY, LINK_LIFETIME
        token = one_time_tokens.issue(connection, now, seen, purpose, lasts, origin)
        subject, paragraphs = words_of_the_link(
            services.settings, contact_on(connection, seen.id), origin, address_of(token)
        )
        keyring = services.keyring
        write_mail(connection, keyring, now, seen.id, recipient, subject, paragraphs, lasts)


def ask(
    services: Services, pending: Pending, link: Link, mailbox: str | None, origin: Origin
) -> None:
    """Begin the waiting time; every address is told in the same transaction.

    Of any number of requests at once one begins it. Raises :class:`RecoveryRefused`,
    ``LinkRefused``, :class:`SigninOver`, ``Unavailable``.
    """
    recipient = refuse_unless_possible(services, pending, mailbox)
    now, seen = services.clock.now(), SubjectSeen(pending.subject_id, pending.version)
    services.database_clock.refuse_if_apart()
    opens_at = now + services.settings.recovery_after
    with services.database.write() as connection:
        if not lock(connection, seen) or not is_waiting(connection, now, pending):
            raise SigninOver
        _refuse_barred(connection, now, seen.id)
        one_time_tokens.use(connection, now, link, seen, Purpose.RECOVERY, origin)
        void = or_(Recovery.version != seen.version, Recovery.ends_at <= now)
        connection.execute(delete(Recovery).where(Recovery.subject_id == seen.id, void))
        if not insert_new(
            connection,
            Recovery,
            subject_id=seen.id,
            version=seen.version,
            mailbox=_mailbox_key(services, recipient),
            asked_at=now,
            opens_at=opens_at,
            ends_at=opens_at + OPEN_FOR,
            told_at=None,
            address=origin.address,
            browser=origin.browser,
        ):
            raise RecoveryRefused(Why.UNDER_WAY)
        details = {"opens_at": opens_at.isoformat()}
        kind = EventKind.RECOVERY_ASKED
        record(connection, now, kind, origin=origin, subject_id=seen.id, details=details)


def stop(services: Services, subject_id: str, by: str, origin: Origin) -> bool:
    """Stop the recovery of an account; False where there is none (any more)."""
    with services.database.write() as connection:
        return stop_on(connection, services.clock.now(), subject_id, by, origin)


def stop_on(
    connection: Connection, now: datetime, subject_id: str, by: str, origin: Origin
) -> bool:
    """As :func:`stop`, in the caller's transaction. The DELETE is the claim: of a stop and a set-up
    at once one finds the row."""
    gone = connection.execute(delete(Recovery).where(Recovery.subject_id == subject_id)).rowcount
    if gone:
        kind, details = EventKind.RECOVERY_STOPPED, {"by": by}
        record(connection, now, kind, origin=origin, subject_id=subject_id, details=details)
    return bool(gone)


def begin_set_up(services: Services, pending: Pending, mailbox: str | None, origin: Origin) -> None:
    """Lead a pending sign-in on to the set-up of a new second step, when the time has come.

    Nothing of the old one is gone by that. Raises :class:`RecoveryRefused`, :class:`SigninOver`,
    ``Unavailable``.
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
        _tell_once(connection, now, seen.id, origin)
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
    keys = services.keyring.macs(_PURPOSE, recipient)
    return [
        Recovery.subject_id == seen.id,
        Recovery.version == seen.version,
        Recovery.mailbox.in_(keys),
        Recovery.opens_at <= now,
        Recovery.ends_at > now,
    ]


_PURPOSE = "recovery mailbox"


def _mailbox_key(services: Services, address: str) -> str:
    return services.keyring.mac(_PURPOSE, address)


def tell_of_open_ones(connection: Connection, now: datetime) -> None:
    """Tell the owners of accounts whose waiting time is over; each once."""
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
    for subject_id in connection.execute(due).scalars().all():
        _tell_once(connection, now, subject_id, NOWHERE)


def _tell_once(connection: Connection, now: datetime, subject_id: str, origin: Origin) -> None:
    untold = [Recovery.subject_id == subject_id, Recovery.told_at.is_(None)]
    if claim(connection, Recovery, untold, told_at=now):
        kind = EventKind.RECOVERY_OPENED
        record(connection, now, kind, origin=origin, subject_id=subject_id)


def purge(connection: Connection, now: datetime) -> int:
    """Delete recoveries that nobody finished in time."""
    return connection.execute(delete(Recovery).where(Recovery.ends_at <= now)).rowcount
