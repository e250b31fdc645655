"""Asking for a new second step: with the password, and with the mailbox."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection, delete, or_, select

from vestibule.audit.flows import record
from vestibule.audit.values import EventKind, Origin
from vestibule.foundation.budgets import Refused, Try, spend
from vestibule.foundation.database import insert_new
from vestibule.foundation.services import Services
from vestibule.notices.flows import contact_on, write_mail
from vestibule.one_time_tokens import flows as one_time_tokens
from vestibule.one_time_tokens.values import Link, Purpose
from vestibule.recovery.flows import MAILBOX, under_way
from vestibule.recovery.letters import words_of_the_link
from vestibule.recovery.models import Recovery
from vestibule.recovery.values import BARRED_FOR, LINK_LIFETIME, OPEN_FOR, RecoveryRefused, Why
from vestibule.signin.errors import SigninOver, TooManyTries
from vestibule.signin.flows import is_waiting
from vestibule.signin.schedule import RECOVERY_ASKED
from vestibule.signin.stages import Pending
from vestibule.subjects.flows import SubjectSeen, lock
from vestibule.subjects.models import Subject


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
    """Send the link that shows that whoever knows the password reads the mailbox too: before the
    waiting time, and after it once more. Else somebody with the password alone would wait for the
    owner to ask, and be there first.

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
        asked = under_way(connection, now, seen.id)
        if asked and not asked.is_open(now):
            raise RecoveryRefused(Why.UNDER_WAY)
        purpose, lasts = Purpose.RECOVERY, LINK_LIFETIME
        token = one_time_tokens.issue(connection, now, seen, purpose, lasts, origin)
        subject, paragraphs = words_of_the_link(
            services.settings,
            contact_on(connection, seen.id),
            origin,
            address_of(token),
            is_open=asked is not None,
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
            mailbox=services.keyring.mac(MAILBOX, recipient),
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
