"""Making an account, and signing in to one with its password."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask_login import UserMixin
from sqlalchemy import Executable, Row, bindparam, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from vestibule import EventKind, TooManyTries
from vestibule.ready_site.breached_passwords import refuse_breached
from vestibule.ready_site.budgets import MAIL_TO_ONE, NAME_ASKED, REGISTRATION
from vestibule.ready_site.extensions import db, vestibule
from vestibule.ready_site.foreign_hashes import compare
from vestibule.ready_site.models import Account, new_account_id
from vestibule.ready_site.name_rules import (
    email_key,
    email_problem,
    name_key,
    user_name_problem,
)
from vestibule.ready_site.password_rules import normalise
from vestibule.ready_site.transactions import transaction


class NameTaken(Exception):
    """Somebody has this user name already."""


@dataclass
class Person(UserMixin):  # type: ignore[misc]  # Flask-Login carries no types
    """What a page needs of an account. Read with one plain statement, made once: the unit of work
    of an ORM would cost each page more than all the rest of it."""

    id: str
    username: str
    email: str
    email_confirmed_at: datetime | None
    hears: bool
    is_administrator: bool
    disabled_at: datetime | None


PERSON = select(
    Account.id,
    Account.username,
    Account.email,
    Account.email_confirmed_at,
    Account.hears,
    Account.is_administrator,
    Account.disabled_at,
)
# Who is disabled is nobody to every way in: sessions, sign-ins between the steps, links (L08).
_BY_ID = PERSON.where(Account.id == bindparam("key"), Account.disabled_at.is_(None))
_BY_NAME = PERSON.where(Account.username_key == bindparam("key"))
_BY_EMAIL = (
    PERSON.where(Account.email_key == bindparam("key"))
    .order_by(Account.email_confirmed_at.is_(None), Account.created_at, Account.id)
    .limit(1)
)
_PASSWORD_HASH = select(Account.password_hash).where(Account.id == bindparam("key"))


def register(username: str, email: str, password: str) -> Account:
    """Make an account of checked fields, its event and its mail: all or none of them.

    Raises :class:`NameTaken`, ``SeenInBreach``, ``TooManyTries``, ``Busy`` and
    ``Unavailable``. Nothing tells whether the e-mail address was given before (P8).
    """
    vestibule.spend((NAME_ASKED, None))
    if _with_name(username):
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


def find_account(name: str) -> Person | None:
    """The account of a user name or an e-mail address; user names contain no ``@``.

    Of several accounts that gave one address the one that confirmed it has it, else the oldest.
    """
    return _with_email(name) if "@" in name_key(name) else _with_name(name)


def load_account(account_id: str) -> Person | None:
    """Whom a session belongs to; on the path of every page."""
    return _one(_BY_ID, account_id)


def _one(statement: Executable, key: str) -> Person | None:
    row = _read(statement, key)
    return Person(*row) if row else None


def stored_hash(account_id: str) -> str | None:
    """The account's password hash as it is now."""
    row = _read(_PASSWORD_HASH, account_id)
    return (row[0] or None) if row else None


def _read(statement: Executable, key: str) -> Row[Any] | None:
    try:
        return _read_once(statement, key)
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        # The server was restarted while nobody asked. The pool has let go of every connection of
        # before, so the next one is new; and a read may be done twice.
        return _read_once(statement, key)


def _read_once(statement: Executable, key: str) -> Row[Any] | None:
    with db.engine.connect() as connection:
        return connection.execute(statement, {"key": key}).first()


def _with_name(name: str) -> Person | None:
    # What no account can have is never asked for: the database need not bear every text there is.
    if user_name_problem(name):
        return None
    return _one(_BY_NAME, name_key(name))


def _with_email(email: str) -> Person | None:
    if email_problem(email):
        return None
    return _one(_BY_EMAIL, email_key(email))


def _insert(account: Account) -> None:
    try:
        with transaction() as connection, Session(connection, expire_on_commit=False) as session:
            session.add(account)
            session.flush()
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
