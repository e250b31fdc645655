"""Who administers the site, and what they need to know of its accounts."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from flask import current_app
from sqlalchemy import Connection, or_, select, true, update
from sqlalchemy.exc import IntegrityError

from vestibule import Administration, EventKind, LastAdministrator, Text
from vestibule.ready_site.extensions import db, vestibule
from vestibule.ready_site.models import Account, new_account_id
from vestibule.ready_site.name_rules import email_key, name_key
from vestibule.ready_site.new_passwords import LINK_LIFETIME, new_password_link
from vestibule.ready_site.notices import Mail
from vestibule.ready_site.people import PERSON, Person
from vestibule.ready_site.posting import post
from vestibule.ready_site.transactions import transaction
from vestibule.ready_site.user_names import refuse_former

_HIGHEST = "\U0010ffff"


class Administrators(Administration):
    """Administrators of the ready site are marked in its table."""

    def is_administrator(self, user: Any) -> bool:
        return bool(user.is_administrator) and user.disabled_at is None

    def users(self, typed: str, after: str, most: int) -> Sequence[Person]:
        name = Account.username_key
        wanted = PERSON.where(name > name_key(after)).order_by(name).limit(most)
        if "@" in typed:
            wanted = wanted.where(Account.email_key == email_key(typed))
        elif typed:
            first = name_key(typed)
            # Not LIKE: a stretch of the index, whatever stands in it.
            wanted = wanted.where(name >= first, name < first + _HIGHEST)
        with db.engine.connect() as connection:
            return [Person(*row) for row in connection.execute(wanted)]

    def user(self, key: str) -> Person | None:
        with db.engine.connect() as connection:
            row = connection.execute(PERSON.where(Account.id == key)).first()
        return Person(*row) if row else None

    def is_disabled(self, user: Any) -> bool:
        return user.disabled_at is not None

    def disable(self, user: Any, by: Any, record: Callable[[Connection], None]) -> None:
        _set_disabled(user, by, record, datetime.now(UTC))

    def enable(self, user: Any, by: Any, record: Callable[[Connection], None]) -> None:
        _set_disabled(user, by, record, None)

    def send_password_link(self, user: Any, record: Callable[[Connection], None]) -> None:
        if user.email_confirmed_at is None:
            raise ValueError("An address that nobody confirmed may be a stranger's (REC-10).")
        site = current_app.config["VESTIBULE_ISSUER"]
        with transaction() as connection:
            link = new_password_link(user, connection)
            words = (
                Text("An administrator sends you this link to set a new password. It works once:"),
                link,
                Text("If you did not ask for it, tell the people who run the site at once."),
            )
            mail = Mail(Text("Set a new password at %(site)s", site=site), words)
            post(mail, user, lifetime=LINK_LIFETIME, connection=connection)
            record(connection)


class NameTaken(Exception):
    """An account has this name, and nothing shows that it is the one that is meant."""


def make_administrator(name: str, email: str | None) -> Person:
    """The account of this name as an administrator's; with ``email`` made where there is none, and
    then without a password.

    With ``email`` an account that is there gets the role only if it confirmed that address: a
    stranger may have registered the name before. Raises :class:`NameTaken`; ``LookupError``
    without ``email`` where there is none, ``user_names.NameTaken`` for a name that another account
    had.
    """
    try:
        with transaction() as connection:
            person = _given_the_role(connection, name, email)
            refuse_former(connection, name, person.id)
            vestibule.record(EventKind.ADMINISTRATOR_MADE, person, connection=connection)
    except IntegrityError as error:
        raise NameTaken from error
    return person


def _given_the_role(connection: Connection, name: str, email: str | None) -> Person:
    given = update(Account).where(Account.username_key == name_key(name))
    if email is not None:
        confirmed = (Account.email_key == email_key(email)) & Account.email_confirmed_at.is_not(
            None
        )
        given = given.where(or_(Account.is_administrator, confirmed))
    if connection.execute(given.values(is_administrator=True)).rowcount != 1:
        if email is None:
            raise LookupError(name)
        connection.execute(
            Account.__table__.insert().values(  # type: ignore[attr-defined]
                id=new_account_id(),
                username=name,
                username_key=name_key(name),
                email=email,
                email_key=email_key(email),
                password_hash="",
                created_at=datetime.now(UTC),
                is_administrator=True,
            )
        )
    made = connection.execute(PERSON.where(Account.username_key == name_key(name))).one()
    return Person(*made)


def refuse_the_last_one(connection: Connection, account: Person) -> None:
    """Before an account goes. Raises :class:`LastAdministrator`: nobody would be left to look after
    the site."""
    # As it is now: somebody may have been made one since the page was read.
    if _locked_administrators(connection) == {account.id}:
        raise LastAdministrator


def _set_disabled(
    user: Any, by: Any, record: Callable[[Connection], None], at: datetime | None
) -> None:
    with transaction() as connection:
        remaining = _locked_administrators(connection)
        # Two who disable each other at once come here one after the other, and the second one is
        # no administrator any more.
        is_last = user.id in remaining and not remaining - {user.id}
        if is_last if by is None else by.id not in remaining or not remaining - {user.id}:
            raise LastAdministrator
        connection.execute(update(Account).where(Account.id == user.id).values(disabled_at=at))
        record(connection)


def _locked_administrators(connection: Connection) -> set[str]:
    """The ids of all who administer now; nobody changes that until the transaction ends."""
    here = (Account.is_administrator.is_(True), Account.disabled_at.is_(None))
    if connection.dialect.name == "sqlite":
        # A transaction that began with a read could not write once somebody else did.
        connection.execute(update(Account).where(*here).values(is_administrator=true()))
    # In one order: two that lock each other's rows would wait for ever.
    rows = select(Account.id).where(*here).order_by(Account.id).with_for_update()
    return set(connection.scalars(rows))
