"""Accounts that another program made, judged as a registration is."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from vestibule.ready_site.foreign_hashes import can_verify
from vestibule.ready_site.hash_schemes import Scheme, scheme_of
from vestibule.ready_site.models import Account, FormerName, new_account_id
from vestibule.ready_site.name_rules import (
    email_key,
    email_problem,
    name_key,
    user_name_problem,
)


class Standing(StrEnum):
    """How a foreign account stands to those that are here."""

    NEW = "new"
    THERE = "there"
    """The same name with the same address."""
    TAKEN = "taken"
    """The name is another account's."""


@dataclass(frozen=True)
class ForeignAccount:
    username: str
    email: str
    password_hash: str = field(repr=False)

    @property
    def problem(self) -> str | None:
        """Why it cannot be taken over, as a sentence; None if it can."""
        return (
            user_name_problem(self.username)
            or email_problem(self.email)
            or _hash_problem(self.password_hash)
        )


def standing(connection: Connection, foreign: ForeignAccount) -> Standing:
    found = connection.execute(
        select(Account.email_key).where(Account.username_key == name_key(foreign.username))
    ).first()
    if found is None:
        former = select(FormerName).where(FormerName.name_key == name_key(foreign.username))
        return Standing.TAKEN if connection.execute(former).first() else Standing.NEW
    is_same = found.email_key == email_key(foreign.email)
    return Standing.THERE if is_same else Standing.TAKEN


def insert(connection: Connection, now: datetime, foreign: ForeignAccount) -> str | None:
    """Add the account in the caller's transaction; its id, or None where its name is there."""
    kind = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    account_id = new_account_id()
    statement = kind(Account).values(
        id=account_id,
        username=foreign.username,
        username_key=name_key(foreign.username),
        email=foreign.email,
        email_key=email_key(foreign.email),
        password_hash=foreign.password_hash,
        created_at=now,
    )
    # Somebody may register the name at this very moment: the unique index lets one through.
    connection.execute(statement.on_conflict_do_nothing())
    found = connection.execute(
        select(Account.id).where(Account.username_key == name_key(foreign.username))
    ).scalar_one()
    return account_id if found == account_id else None


def _hash_problem(stored: str) -> str | None:
    scheme = scheme_of(stored)
    if can_verify(scheme):
        return None
    if scheme is Scheme.BCRYPT:
        return "Hashes of bcrypt need its package: pip install 'vestibule[bcrypt]'."
    return "The password hash is of no kind that can be verified."
