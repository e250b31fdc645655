"""Posting a mail of the site."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from vestibule.ready_site.extensions import vestibule
from vestibule.ready_site.notices import Mail


def post(
    mail: Mail, account: Any, *, lifetime: timedelta, connection: Connection, to: str | None = None
) -> None:
    """Send a mail to the account's address, or to another one, soon, if that transaction is
    committed.
    """
    subject, *paragraphs = map(vestibule.say, (mail.subject, *mail.text))
    vestibule.mail(
        account, to or account.email, subject, paragraphs, lifetime=lifetime, connection=connection
    )
