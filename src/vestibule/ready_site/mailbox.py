"""What notices need to know of an account, and do to it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import case, null, update

from vestibule.ready_site.extensions import db
from vestibule.ready_site.models import Account

DISPUTED_FOR = timedelta(days=14)
"""After a change of address; as long as notices to the old one have a link that works."""


def addresses(account: Any) -> str | None:
    """Where mails about an account go."""
    return account.email if account.hears or account.email_confirmed_at else None


def confirmed_address(account: Any) -> str | None:
    """The address whose mailbox the account's person was seen to read."""
    return account.email if account.email_confirmed_at else None


def disable_password(account: Any) -> None:
    """No password opens the account, until a reset sets one.

    Whoever says so may have read the mailbox that the account had until the other day. Which of
    the two is the owner's, nobody here can tell: neither gets a link for a new password then.
    """
    disputed = Account.email_changed_at > datetime.now(UTC) - DISPUTED_FOR
    with db.engine.connect() as connection:
        connection.execute(
            update(Account)
            .where(Account.id == account.id)
            .values(
                password_hash="",
                email_confirmed_at=case((disputed, null()), else_=Account.email_confirmed_at),
            )
        )
