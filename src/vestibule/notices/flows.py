"""Writing notices, in the transaction of what they tell of; and what stays of them."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from weakref import WeakSet

from sqlalchemy import Connection, and_, bindparam, func, or_, select, update

from vestibule.audit.values import Details, EventKind, Origin
from vestibule.foundation.budgets import Budget, Try, take_within
from vestibule.foundation.database import after_commit, insert_new
from vestibule.foundation.guarded_writes import claim_by
from vestibule.foundation.keyring import Keyring
from vestibule.foundation.purging import delete_over
from vestibule.foundation.tokens import new_id, token_key
from vestibule.notices.models import Outbox
from vestibule.notices.values import (
    KEPT_WHEN_DEAD,
    LATER,
    LINK_LIFETIME,
    MAIL,
    NOTICES,
    Contact,
    Later,
    Notice,
    notice_of,
)
from vestibule.subjects.models import Subject

ACCOUNT = Budget(
    kind="notices.account",
    reason="Events of one account that are told by mail, beyond the next row: whoever has an "
    "account with somebody else's address cannot fill that mailbox.",
    limit=20,
    window=timedelta(days=1),
)
OF_A_KIND = Budget(
    kind="notices.kind",
    reason="Events of one kind of one account that are told whatever else was: somebody inside who "
    "makes noise first must not keep the owner from hearing of a changed address.",
    limit=3,
    window=timedelta(days=1),
)

# Made once: each runs in nearly every sign-in, and building a statement costs more than running it.
_CONTACT = select(Subject.contact).where(Subject.id == bindparam("id"))
_TOLD = select(Subject.contact, Subject.second_address).where(Subject.id == bindparam("id"))
_REPLACE_CONTACT = (
    update(Subject)
    .where(
        Subject.id == bindparam("of_id"),
        Subject.contact == bindparam("before"),
        Subject.closed == "",
    )
    .values(contact=bindparam("now"))
)

waiting_to_send: "WeakSet[Callable[[], None]]" = WeakSet()
"""What to call in this process once a notice is committed."""


def write(
    connection: Connection,
    at: datetime,
    kind: EventKind,
    subject_id: str | None,
    origin: Origin,
    details: Details,
) -> None:
    """Write the mails about an event, if somebody is told of it. Called with every event."""
    notice = notice_of(kind, details)
    if notice is None or subject_id is None:
        return
    contact, addresses = _told(connection, subject_id)
    if not addresses:
        return
    counts = notice.once_in is None and not notice.stops_recovery
    if counts and not _may_be_told(connection, at, kind, subject_id):
        return
    for address in addresses:
        identity = new_id()
        insert_new(
            connection,
            Outbox,
            id=identity,
            subject_id=subject_id,
            recipient=address,
            kind=kind.value,
            parameters={
                "name": contact.name,
                "language": contact.language,
                "address": origin.address,
                "browser": origin.browser,
                "left": details.get("left"),
                "opens_at": details.get("opens_at"),
            },
            once=_once(notice, at, identity, subject_id, kind, address),
            made_at=at,
            next_try_at=at,
            tries=0,
            last_error="",
        )
    if waiting_to_send:
        after_commit(connection, _wake)


def _may_be_told(connection: Connection, at: datetime, kind: EventKind, subject_id: str) -> bool:
    first = Try(OF_A_KIND, f"{subject_id}:{kind.value}")
    return any(take_within(connection, at, one) for one in (first, Try(ACCOUNT, subject_id)))


_SEALED = "vestibule_outbox"


def write_mail(
    connection: Connection,
    keyring: Keyring,
    at: datetime,
    subject_id: str,
    recipient: str,
    subject: str,
    paragraphs: Sequence[str],
    lifetime: timedelta,
) -> None:
    """Write a mail of the host's own; it may hold a link, and so is encrypted."""
    identity = new_id()
    sealed = keyring.seal_text(json.dumps([subject, *paragraphs]).encode(), _SEALED, identity)
    insert_new(
        connection,
        Outbox,
        id=identity,
        subject_id=subject_id,
        recipient=recipient,
        kind=MAIL,
        parameters={"sealed": sealed, "until": (at + lifetime).timestamp()},
        once=identity,
        made_at=at,
        next_try_at=at,
        tries=0,
        last_error="",
    )
    if waiting_to_send:
        after_commit(connection, _wake)


def write_later(
    connection: Connection,
    keyring: Keyring,
    at: datetime,
    later: Later,
    lifetime: timedelta,
) -> None:
    """Leave a mail to be written by whoever sends. Nobody looked up yet whom it is for."""
    identity = new_id()
    told = later._asdict() | {"origin": later.origin._asdict()}
    sealed = keyring.seal_text(json.dumps(told).encode(), _SEALED, identity)
    insert_new(
        connection,
        Outbox,
        id=identity,
        subject_id=None,
        recipient="",
        kind=LATER,
        parameters={"sealed": sealed, "until": (at + lifetime).timestamp()},
        once=identity,
        made_at=at,
        next_try_at=at,
        tries=0,
        last_error="",
    )
    if waiting_to_send:
        after_commit(connection, _wake)


def opened_later(keyring: Keyring, identity: str, sealed: str) -> Later:
    """What was left. Raises ``Unreadable``."""
    told = json.loads(keyring.unseal_text(sealed, _SEALED, identity))
    return Later(**(told | {"origin": Origin(**told["origin"])}))


def opened_mail(keyring: Keyring, identity: str, sealed: str) -> tuple[str, list[str]]:
    """Subject and paragraphs of a mail of the host's own. Raises ``Unreadable``."""
    subject, *paragraphs = json.loads(keyring.unseal_text(sealed, _SEALED, identity))
    return subject, paragraphs


def _once(
    notice: Notice, at: datetime, identity: str, subject_id: str, kind: EventKind, address: str
) -> str:
    if notice.once_in is None:
        return identity
    stretch = int(at.timestamp() // notice.once_in.total_seconds())
    return token_key(f"{subject_id} {kind.value} {address} {stretch}")


def _wake() -> None:
    for call in list(waiting_to_send):
        call()


def _told(connection: Connection, subject_id: str) -> tuple[Contact, list[str]]:
    """How an account is called, and every address that hears of it (NOTE-3)."""
    row = connection.execute(_TOLD, {"id": subject_id}).first()
    if row is None:
        return Contact(), []
    contact = Contact.from_text(row.contact)
    return contact, list(dict.fromkeys([*contact.addresses, *filter(None, [row.second_address])]))


def contact_on(connection: Connection, subject_id: str) -> Contact:
    found = connection.execute(_CONTACT, {"id": subject_id}).scalar()
    return Contact.from_text(found or "")


def replace_contact(connection: Connection, subject_id: str, before: Contact, now: Contact) -> bool:
    """Guarded write: False where it is not ``before`` any more, or the account is closed."""
    values = {"of_id": subject_id, "before": before.as_text(), "now": now.as_text()}
    return claim_by(connection, _REPLACE_CONTACT, values)


def dead_letters(connection: Connection) -> tuple[int, str]:
    """How many mails could not be sent, and what the last of them met."""
    dead = and_(Outbox.next_try_at.is_(None), Outbox.sent_at.is_(None))
    count = connection.execute(select(func.count()).where(dead)).scalar_one()
    last = select(Outbox.last_error).where(dead).order_by(Outbox.made_at.desc()).limit(1)
    return count, connection.execute(last).scalar() or ""


def overdue(connection: Connection, now: datetime) -> int:
    """How many mails should have been sent an hour ago."""
    late = Outbox.next_try_at < now - timedelta(hours=1)
    return connection.execute(select(func.count()).where(late)).scalar_one()


def purge(connection: Connection, now: datetime) -> int:
    """Delete what was sent when its link has ended, and dead letters later."""
    longer = {one: told.link_works_for for one, told in NOTICES.items() if told.stops_recovery}
    ended = [
        and_(Outbox.kind == kind, Outbox.made_at <= now - works_for)
        for kind, works_for in longer.items()
    ]
    sent = and_(Outbox.sent_at.is_not(None), Outbox.made_at <= now - LINK_LIFETIME)
    dead = Outbox.made_at <= now - KEPT_WHEN_DEAD
    old = or_(and_(Outbox.kind.not_in(longer), or_(sent, dead)), *ended)
    # No link ends sooner: said once for all, an index finds them.
    return delete_over(connection, Outbox, and_(Outbox.made_at <= now - LINK_LIFETIME, old))
