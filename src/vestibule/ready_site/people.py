"""The accounts as pages need them: finding and reading."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_login import UserMixin
from sqlalchemy import Executable, Row, bindparam, select
from sqlalchemy.exc import DBAPIError

from vestibule.ready_site.extensions import db
from vestibule.ready_site.models import Account
from vestibule.ready_site.name_rules import (
    email_key,
    email_problem,
    name_key,
    user_name_problem,
)


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


def find_account(name: str) -> Person | None:
    """The account of a user name or an e-mail address; user names contain no ``@``.

    Of several accounts that gave one address the one that confirmed it has it, else the oldest.
    """
    return _with_email(name) if "@" in name_key(name) else with_name(name)


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


def with_name(name: str) -> Person | None:
    # What no account can have is never asked for: the database need not bear every text there is.
    if user_name_problem(name):
        return None
    return _one(_BY_NAME, name_key(name))


def _with_email(email: str) -> Person | None:
    if email_problem(email):
        return None
    return _one(_BY_EMAIL, email_key(email))
