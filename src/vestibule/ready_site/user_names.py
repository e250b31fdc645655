"""Whose a user name is, and was; and taking another one."""

from dataclasses import replace

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from vestibule import EventKind, SessionOver
from vestibule.ready_site.budgets import NAME_ASKED, NAME_CHANGES
from vestibule.ready_site.extensions import db, vestibule
from vestibule.ready_site.models import Account, FormerName
from vestibule.ready_site.name_rules import name_key
from vestibule.ready_site.people import Person, with_name
from vestibule.ready_site.transactions import transaction


class NameTaken(Exception):
    """Somebody has this user name already, or had it."""


def is_taken(username: str, account_id: str = "") -> bool:
    """Whether it is another account's, or was, as a first look: the write decides."""
    found = with_name(username)
    if found is not None and found.id != account_id:
        return True
    former = select(FormerName.account_id).where(FormerName.name_key == name_key(username))
    with db.engine.connect() as connection:
        return connection.execute(former).scalar() not in (None, account_id)


def refuse_former(connection: Connection, username: str, account_id: str) -> None:
    """Raises :class:`NameTaken` for a name that another account had.

    To be asked after the name was written, in the same transaction: the unique index made us wait
    for whoever gives it up at this moment, and then it stands here.
    """
    key = name_key(username)
    owner = connection.execute(
        select(FormerName.account_id).where(FormerName.name_key == key)
    ).scalar()
    if owner is not None and owner != account_id:
        raise NameTaken


def change_name(account: Person, username: str) -> None:
    """Give an account another user name; the old one stays kept for it, and for nobody else.

    Raises ``NameTaken``, ``SessionOver``, ``TooManyTries`` and ``Unavailable``; then nothing
    changed.
    """
    vestibule.spend((NAME_ASKED, None))
    if is_taken(username, account.id):
        raise NameTaken
    vestibule.spend((NAME_CHANGES, account.id))
    before, key = name_key(account.username), name_key(username)
    with transaction() as connection:
        if not _rename(connection, account, username):
            # In another tab, meanwhile.
            raise SessionOver
        refuse_former(connection, username, account.id)
        vestibule.hold_session(account, connection=connection)
        connection.execute(
            delete(FormerName).where(
                FormerName.account_id == account.id, FormerName.name_key == key
            )
        )
        if before != key:
            connection.execute(insert(FormerName).values(name_key=before, account_id=account.id))
        vestibule.record(
            EventKind.NAME_CHANGED, replace(account, username=username), connection=connection
        )


def _rename(connection: Connection, account: Person, username: str) -> bool:
    """Whether the account still had the name that this request read."""
    statement = (
        update(Account)
        .where(Account.id == account.id, Account.username == account.username)
        .values(username=username, username_key=name_key(username))
    )
    try:
        return connection.execute(statement).rowcount == 1
    except IntegrityError as error:
        # Two people, one name, one moment: the unique index lets one have it.
        raise NameTaken from error
