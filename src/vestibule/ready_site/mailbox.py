"""What notices need to know of an account, and do to it."""

from typing import Any

from sqlalchemy import update

from vestibule.ready_site.extensions import db
from vestibule.ready_site.models import Account


def addresses(account: Any) -> str | None:
    """Where mails about an account go."""
    return account.email if account.hears or account.email_confirmed_at else None


def confirmed_address(account: Any) -> str | None:
    """The address whose mailbox the account's person was seen to read."""
    return account.email if account.email_confirmed_at else None


def disable_password(account: Any) -> None:
    """No password opens the account, until a reset sets one."""
    with db.engine.connect() as connection:
        connection.execute(update(Account).where(Account.id == account.id).values(password_hash=""))
