"""A new password: in place of one that is known, or with a link in place of a forgotten one."""

from datetime import timedelta
from typing import Any

from flask import current_app, request
from sqlalchemy import Connection, update

from vestibule import EventKind, Link, LinkRefused, Purpose, TooManyTries
from vestibule.ready_site.breached_passwords import refuse_breached
from vestibule.ready_site.budgets import NEW_PASSWORD, RESET_ASKED, RESET_MAIL
from vestibule.ready_site.current_password import NotRight
from vestibule.ready_site.extensions import vestibule
from vestibule.ready_site.foreign_hashes import compare
from vestibule.ready_site.models import Account
from vestibule.ready_site.name_rules import email_key
from vestibule.ready_site.notices import password_forgotten
from vestibule.ready_site.password_rules import normalise
from vestibule.ready_site.people import Person, find_account, stored_hash
from vestibule.ready_site.posting import post
from vestibule.ready_site.transactions import transaction

LINK_LIFETIME = timedelta(hours=1)
"""Of a link for a new password (REC-3)."""


def change_password(account: Person, current: str, new: str) -> None:
    """Put a new password in place of the current one; all other sessions end (SES-10).

    Raises :class:`NotRight`, ``SeenInBreach``, ``SessionOver``, ``TooManyTries``, ``Busy`` and
    ``Unavailable``; then nothing changed.
    """
    refuse_breached(new)
    with vestibule.password_try(account.username, account) as attempt:
        stored = stored_hash(account.id)
        if not compare(attempt, stored, current, account.id):
            raise NotRight
        new_hash = attempt.hash(normalise(new))
    if _replace(account, stored, new_hash):
        return
    # A sign-in may have put a dearer hash of the same password there; or the password was changed.
    stored = stored_hash(account.id)
    with vestibule.spending() as slot:
        still_right = slot.verify(stored, normalise(current))
    if not (still_right and _replace(account, stored, new_hash)):
        raise NotRight


def _replace(account: Person, compared: str | None, new_hash: str) -> bool:
    """Whether the hash was still the one that was compared, and is the new one now."""
    with transaction() as connection:
        changed = connection.execute(
            update(Account)
            .where(Account.id == account.id, Account.password_hash == compared)
            .values(password_hash=new_hash)
        )
        if changed.rowcount == 1:
            vestibule.password_changed(account, connection=connection)
    return changed.rowcount == 1


def ask_for_link(email: str) -> None:
    """Leave a link to be sent, if the address was confirmed for an account.

    Raises ``TooManyTries`` for the client's address alone, and ``Unavailable``: whatever is typed,
    the answer and the work are the same (P8, ENUM-2).
    """
    vestibule.spend((RESET_ASKED, None))
    try:
        vestibule.spend((RESET_MAIL, _keyed(email)))
    except TooManyTries:
        return
    said = {"email": email, "address": request.remote_addr or "unknown"}
    vestibule.write_later("password_forgotten", said, lifetime=LINK_LIFETIME)


@vestibule.written_later("password_forgotten")
def send_link(email: str, address: str) -> None:
    """Look up whose the address is, and send the link. Nobody waits for it any more."""
    account = find_account(email)
    # An address that nobody confirmed may be a stranger's, typed by mistake (REC-10).
    is_owned = account is not None and account.email_confirmed_at and not account.disabled_at
    owner = account if is_owned else None
    with transaction() as connection:
        details = {} if owner else {"unknown_address": _keyed(email)}
        vestibule.record(
            EventKind.PASSWORD_FORGOTTEN, owner, connection=connection, details=details
        )
        if owner is None:
            return
        link = new_password_link(owner, connection)
        mail = password_forgotten(
            site=current_app.config["VESTIBULE_ISSUER"],
            username=owner.username,
            address=address,
            link=link,
        )
        post(mail, owner, lifetime=LINK_LIFETIME, connection=connection)


def new_password_link(account: Any, connection: Connection | None = None) -> str:
    """A link with which its holder sets a new password, once."""
    return vestibule.one_time_link(
        account,
        Purpose.PASSWORD,
        "reset_password",
        lifetime=LINK_LIFETIME,
        about=email_key(account.email),
        connection=connection,
    )


def _keyed(email: str) -> str:
    return vestibule.keyed_hash("mail", email_key(email))


def set_new_password(link: Link, account: Person, new: str) -> None:
    """Put a new password in place of a forgotten one; every session ends, the second step stays.

    Raises ``LinkRefused``, ``TooManyTries``, ``Busy`` and ``Unavailable``; then nothing changed.
    """
    with vestibule.spending((NEW_PASSWORD, None)) as slot:
        new_hash = slot.hash(normalise(new))
    with transaction() as connection:
        changed = connection.execute(
            update(Account)
            # Whoever reads the mailbox that the account had before has no say any more (REC-4).
            .where(Account.id == account.id, Account.email_key == link.about)
            .values(password_hash=new_hash)
        )
        if changed.rowcount != 1:
            raise LinkRefused
        vestibule.use_link(link, account, Purpose.PASSWORD, connection=connection)
        vestibule.password_changed(account, connection=connection)
