"""Where mails about an account go, as the host says it: learned whenever the user is at hand."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from flask import current_app, has_request_context
from sqlalchemy import Connection

from vestibule.audit.flows import record
from vestibule.audit.values import EventKind
from vestibule.host.users import Users
from vestibule.notices.flows import contact_on, replace_contact
from vestibule.notices.values import Contact, contact_of, is_address
from vestibule.recovery import flows as recovery
from vestibule.recovery.values import RecoveryRefused, Why, allows
from vestibule.signin.stages import Pending
from vestibule.subjects.flows import (
    SubjectSeen,
    bar_recovery,
    ensure,
    lock,
    lock_as_it_is,
)
from vestibule.web.language import language
from vestibule.web.request_state import origin_now, runtime, state

Told = TypeVar("Told")


def contact_now(user: Any) -> Contact | None:
    """What the host says of a user now; None where nobody is told anything."""
    if not runtime().services.settings.mail:
        return None
    users: Users = current_app.extensions["vestibule"].users
    return contact_of(users.name(user), language(), users.addresses(user))


def keep(user_id: str, contact: Contact | None, seen: SubjectSeen | None = None) -> None:
    """Keep a contact for the notices to come. Where addresses changed, the old ones are told, and
    the new ones too.

    ``seen`` is the account as it was before the host's user was read, where that was a while ago:
    of an address that was changed meanwhile, or an account that was closed, the host knew nothing.
    """
    if contact is None:
        return
    services = runtime().services
    subject = seen or ensure(services, user_id)
    with services.database.read() as connection:
        before = contact_on(connection, subject.id)
    if before == _wanted(before, subject.id, contact):
        return
    with services.database.write() as connection:
        held = lock(connection, seen) if seen else lock_as_it_is(connection, subject.id)
        if held:
            keep_on(connection, services.clock.now(), subject.id, contact)


def keep_on(
    connection: Connection,
    now: datetime,
    subject_id: str,
    contact: Contact | None,
    kept: str | None = None,
) -> None:
    """As :func:`keep`, inside a transaction that the caller holds.

    ``kept`` is the contact as it was when the sign-in began: where the host's user says the same,
    what was changed meanwhile is newer and stays.
    """
    if contact is None:
        return
    if kept:
        before = Contact.from_text(kept)
        if before == _wanted(before, subject_id, contact):
            return
    before = contact_on(connection, subject_id)
    wanted = _wanted(before, subject_id, contact)
    if before == wanted:
        return
    if not before.addresses or set(before.addresses) == set(wanted.addresses):
        replace_contact(connection, subject_id, before, wanted)
        return

    def tell() -> None:
        origin, kind = origin_now(), EventKind.ADDRESSES_CHANGED
        record(connection, now, kind, origin=origin, subject_id=subject_id)

    _tell_both(connection, subject_id, before, wanted, tell)


def replace_telling(
    connection: Connection, subject_id: str, contact: Contact | None, tell: Callable[[], Told]
) -> Told:
    """Replace the contact; what ``tell`` records meanwhile goes to old and new addresses."""
    before = contact_on(connection, subject_id)
    wanted = before if contact is None else _wanted(before, subject_id, contact)
    return _tell_both(connection, subject_id, before, wanted, tell)


def _tell_both(
    connection: Connection,
    subject_id: str,
    before: Contact,
    wanted: Contact,
    tell: Callable[[], Told],
) -> Told:
    both = wanted._replace(addresses=tuple(dict.fromkeys(before.addresses + wanted.addresses)))
    replace_contact(connection, subject_id, before, both)
    told = tell()
    replace_contact(connection, subject_id, both, wanted)
    if set(before.addresses) != set(wanted.addresses):
        # Nobody knows yet who reads the new mailbox, and what the old one was asked for is void.
        now = runtime().services.clock.now()
        bar_recovery(connection, now, subject_id)
        recovery.stop_on(connection, now, subject_id, "changed addresses", origin_now())
    return told


def confirmed_address(pending: Pending) -> str | None:
    """The address of whoever is between the steps that the host knows to be confirmed.

    Raises ``RecoveryRefused`` where the policy leaves this account no recovery.
    """
    guard: Any = current_app.login_manager  # type: ignore[attr-defined]
    user = guard.user_of(pending)
    users: Users = current_app.extensions["vestibule"].users
    now = runtime().services.clock.now()
    if user is None or not allows(users.demand(user, pending.context, now)):
        raise RecoveryRefused(Why.OFF)
    found = users.confirmed_address(user)
    return found if isinstance(found, str) and is_address(found) else None


def _wanted(known: Contact, subject_id: str, contact: Contact) -> Contact:
    if not known.addresses or known.language == contact.language or not contact.addresses:
        return contact
    # Only somebody inside changes the language: a thief with the password alone would choose one
    # that the owner cannot read. And a command speaks English.
    session = state().session if has_request_context() else None
    if session is not None and session.subject_id == subject_id:
        return contact
    return contact._replace(language=known.language)
