"""Making an account, and signing in to one with its password."""

from datetime import UTC, datetime

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from vestibule import EventKind, TooManyTries
from vestibule.ready_site.breached_passwords import refuse_breached
from vestibule.ready_site.budgets import MAIL_TO_ONE, NAME_ASKED, REGISTRATION
from vestibule.ready_site.extensions import db, vestibule
from vestibule.ready_site.foreign_hashes import compare
from vestibule.ready_site.models import Account, new_account_id
from vestibule.ready_site.name_rules import email_key, name_key
from vestibule.ready_site.password_rules import normalise
from vestibule.ready_site.people import Person, find_account, stored_hash
from vestibule.ready_site.transactions import transaction
from vestibule.ready_site.user_names import NameTaken, is_taken, refuse_former


def register(username: str, email: str, password: str) -> Account:
    """Make an account of checked fields, its event and its mail: all or none of them.

    Raises :class:`NameTaken`, ``SeenInBreach``, ``TooManyTries``, ``Busy`` and
    ``Unavailable``. Nothing tells whether the e-mail address was given before (P8).
    """
    vestibule.spend((NAME_ASKED, None))
    if is_taken(username):
        raise NameTaken
    refuse_breached(password)
    with vestibule.spending((REGISTRATION, None)) as slot:
        password_hash = slot.hash(normalise(password))
    account = Account(
        id=new_account_id(),
        username=username,
        username_key=name_key(username),
        email=email,
        email_key=email_key(email),
        password_hash=password_hash,
        created_at=datetime.now(UTC),
    )
    account.hears = _may_get_mail(account)
    _insert(account)
    return account


def sign_in(name: str, password: str) -> Person | None:
    """Whose account it is, if the password is right; None for every other cause alike (P8).

    ``name`` is a user name or an e-mail address. Raises ``TooManyTries``, ``Busy`` and
    ``Unavailable``.
    """
    found = find_account(name)
    account = found if found is not None and found.disabled_at is None else None
    with vestibule.password_try(name, account) as attempt:
        # Read within the try, after the account's version was seen: a password changed in between
        # would otherwise be compared with the old hash under the new version (P7).
        stored = stored_hash(account.id if account else "")
        right = compare(attempt, stored, password, account.id if account else "")
        newer = attempt.hash(normalise(password)) if right and attempt.needs_rehash else None
    if not right or account is None:
        return None
    if newer:
        # The cost of hashing was raised, or another program made the hash. Of two sign-ins at
        # once, or beside a password change, only the hash that was compared is replaced.
        with db.engine.connect() as connection:
            connection.execute(
                update(Account)
                .where(Account.id == account.id, Account.password_hash == stored)
                .values(password_hash=newer)
            )
    return account


def _insert(account: Account) -> None:
    try:
        with transaction() as connection, Session(connection, expire_on_commit=False) as session:
            session.add(account)
            session.flush()
            refuse_former(connection, account.username, account.id)
            vestibule.record(EventKind.ACCOUNT_CREATED, user=account, connection=connection)
    except IntegrityError as error:
        # Two registrations of one name at once: the unique index lets one through.
        raise NameTaken from error


def _may_get_mail(account: Account) -> bool:
    try:
        vestibule.spend((MAIL_TO_ONE, vestibule.keyed_hash("mail", account.email_key)))
    except TooManyTries:
        return False
    return True
