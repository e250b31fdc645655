"""Showing that the mailbox of an account is read by its person."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from flask import current_app
from sqlalchemy import Connection, Update, update
from sqlalchemy.exc import IntegrityError

from vestibule import EventKind, Link, LinkRefused, Purpose
from vestibule.ready_site.budgets import MAIL_TO_ONE
from vestibule.ready_site.extensions import vestibule
from vestibule.ready_site.models import Account
from vestibule.ready_site.name_rules import email_key
from vestibule.ready_site.notices import email_to_confirm
from vestibule.ready_site.people import Person
from vestibule.ready_site.posting import post
from vestibule.ready_site.transactions import transaction

LINK_LIFETIME = timedelta(hours=24)
"""Of a link that confirms an address (REC-3)."""


class ConfirmedElsewhere(Exception):
    """The address was confirmed for another account."""


def send_link(account: Person) -> None:
    """Send the link to the account's address, whoever else gave that address (P8).

    Raises ``TooManyTries`` and ``Unavailable``.
    """
    vestibule.spend((MAIL_TO_ONE, vestibule.keyed_hash("mail", email_key(account.email))))
    # Link and mail are one: else the link in an older mail could be void, and none in its place.
    with transaction() as connection:
        link = vestibule.one_time_link(
            account,
            Purpose.EMAIL,
            "confirm_email",
            lifetime=LINK_LIFETIME,
            about=email_key(account.email),
            connection=connection,
        )
        mail = email_to_confirm(
            site=current_app.config["VESTIBULE_ISSUER"], username=account.username, link=link
        )
        post(mail, account, lifetime=LINK_LIFETIME, connection=connection)


def confirm_email(link: Link, account: Person) -> None:
    """Confirm the address that the link went to.

    Raises ``LinkRefused``, :class:`ConfirmedElsewhere` and ``Unavailable``.
    """
    now = datetime.now(UTC)
    with transaction() as connection:
        give_address(
            connection,
            update(Account)
            # The address that the link names: another one needs a link of its own (L44).
            .where(Account.id == account.id, Account.email_key == link.about)
            .values(email_confirmed_at=now),
        )
        vestibule.use_link(link, account, Purpose.EMAIL, connection=connection)
        # From now on mails go there, even where too many accounts were made with it.
        confirmed = replace(account, email_confirmed_at=now)
        vestibule.record(EventKind.EMAIL_CONFIRMED, confirmed, connection=connection)


def give_address(connection: Connection, statement: Update) -> None:
    """Confirm an address for one account. Raises :class:`ConfirmedElsewhere`, and ``LinkRefused``
    where the account is gone or has another address than the link names.
    """
    try:
        given = connection.execute(statement)
    except IntegrityError as error:
        # Two accounts, one address, one moment: the unique index lets one have it.
        raise ConfirmedElsewhere from error
    if given.rowcount != 1:
        raise LinkRefused
