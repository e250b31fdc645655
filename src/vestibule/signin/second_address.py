"""A second address for notices: asked for, shown by a link, removed. It opens nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from vestibule.audit.flows import record
from vestibule.audit.values import EventKind, Origin
from vestibule.foundation.budgets import Budget, Refused, Try, spend
from vestibule.foundation.database import claim
from vestibule.foundation.services import Services
from vestibule.notices.flows import write_mail
from vestibule.notices.models import Outbox
from vestibule.notices.values import Contact, link_works_for
from vestibule.one_time_tokens import flows as one_time_tokens
from vestibule.one_time_tokens.values import Link, Purpose
from vestibule.sessions.flows import hold
from vestibule.sessions.values import LiveSession
from vestibule.signin.enrolling import require_fresh
from vestibule.signin.errors import SigninOver, TooManyTries
from vestibule.subjects.flows import SubjectSeen
from vestibule.subjects.models import Subject


class AlreadyThere(Exception):
    """The account has a second address."""


LINK_LIFETIME = timedelta(hours=24)
"""Of a link to the second address (REC-3)."""

ASKED = Budget(
    kind="notices.asked",
    reason="Second addresses that one account asks for: each sends a mail to what may be "
    "anybody's.",
    limit=5,
    window=timedelta(days=1),
)
MAIL_TO_ONE = Budget(
    kind="notices.mail_to_one",
    reason="Such mails to one address, from all accounts together. Beyond it the mail is left out, "
    "and the page does not tell.",
    limit=5,
    window=timedelta(days=1),
)

ALL = (ASKED, MAIL_TO_ONE)


@dataclass(frozen=True)
class Addresses:
    """Where notices of an account go."""

    first: tuple[str, ...]
    """What the host says."""
    second: str


def addresses(services: Services, session: LiveSession) -> Addresses:
    with services.database.read() as connection:
        row = connection.execute(
            select(Subject.contact, Subject.second_address).where(Subject.id == session.subject_id)
        ).one()
    return Addresses(Contact.from_text(row.contact).addresses, row.second_address)


def ask(
    services: Services,
    session: LiveSession,
    address: str,
    words: Callable[[str], tuple[str, Sequence[str]]],
    origin: Origin,
) -> None:
    """Send a link to the address; ``words`` makes subject and paragraphs of its token.

    Raises ``NotFresh``, :class:`AlreadyThere`, ``SigninOver``, ``TooManyTries``, ``Unavailable``;
    then nothing was sent.
    """
    require_fresh(services, session)
    now = services.clock.now()
    taken = spend(services.database, now, [Try(ASKED, session.subject_id)])
    if isinstance(taken, Refused):
        raise TooManyTries(taken.kind, taken.retry_at)
    key = services.keyring.mac("mail", address.casefold())
    # Quietly: what others did with this address is nobody's business here.
    may_send = not isinstance(spend(services.database, now, [Try(MAIL_TO_ONE, key)]), Refused)
    with services.database.write() as connection:
        seen = _held(connection, session)
        if _second(connection, seen.id):
            raise AlreadyThere
        token = one_time_tokens.issue(
            connection, now, seen, Purpose.NOTICES, LINK_LIFETIME, origin, address
        )
        if may_send:
            subject, paragraphs = words(token)
            write_mail(
                connection,
                services.keyring,
                now,
                seen.id,
                address,
                subject,
                paragraphs,
                LINK_LIFETIME,
            )


def add(services: Services, session: LiveSession, link: Link, origin: Origin) -> None:
    """Send notices to the address that the link names too; all addresses are told.

    By somebody who is signed in: a mailbox that was named by mistake must not hear what happens to
    an account. Raises ``LinkRefused``, :class:`AlreadyThere`, ``SigninOver``, ``Unavailable``.
    """
    now = services.clock.now()
    with services.database.write() as connection:
        seen = _held(connection, session)
        one_time_tokens.use(connection, now, link, seen, Purpose.NOTICES, origin)
        where = [Subject.id == seen.id, Subject.second_address == ""]
        if not claim(connection, Subject, where, second_address=link.about):
            raise AlreadyThere
        kind = EventKind.NOTICE_ADDRESS_ADDED
        record(connection, now, kind, origin=origin, subject_id=seen.id)


def remove(services: Services, session: LiveSession, origin: Origin) -> None:
    """Send notices to the second address no more; it is told as well, for the last time.

    Raises ``NotFresh``, ``SigninOver``, ``Unavailable``. Nothing happens where there is none.
    """
    require_fresh(services, session)
    now = services.clock.now()
    with services.database.write() as connection:
        seen = _held(connection, session)
        _remove(connection, now, seen.id, origin)


def remove_disputed(connection: Connection, now: datetime, subject_id: str, origin: Origin) -> None:
    """Where somebody says "This wasn't me" while the notice of a second address is young: nobody
    here can tell whose it is, and from a thief's it could be said again whenever the owner sets a
    new password. All addresses are told.
    """
    kind = EventKind.NOTICE_ADDRESS_ADDED.value
    told = select(Outbox.id).where(
        Outbox.subject_id == subject_id,
        Outbox.kind == kind,
        Outbox.made_at > now - link_works_for(kind),
    )
    if connection.execute(told.limit(1)).first() is not None:
        _remove(connection, now, subject_id, origin)


def _remove(connection: Connection, now: datetime, subject_id: str, origin: Origin) -> None:
    if not _second(connection, subject_id):
        return
    kind = EventKind.NOTICE_ADDRESS_REMOVED
    record(connection, now, kind, origin=origin, subject_id=subject_id)
    claim(connection, Subject, [Subject.id == subject_id], second_address="")


def _held(connection: Connection, session: LiveSession) -> SubjectSeen:
    if not hold(connection, session):
        raise SigninOver
    return SubjectSeen(session.subject_id, session.version)


def _second(connection: Connection, subject_id: str) -> str:
    asked = select(Subject.second_address).where(Subject.id == subject_id)
    found: str = connection.execute(asked).scalar_one()
    return found
