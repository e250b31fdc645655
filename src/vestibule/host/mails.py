"""Mails of the host's own, sent by the way that notices go."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Connection

from vestibule.notices.flows import write_mail
from vestibule.notices.values import is_address
from vestibule.subjects.flows import ensure_on
from vestibule.web.request_state import runtime


def post(
    user_id: str,
    to: str,
    subject: str,
    paragraphs: Sequence[str],
    lifetime: timedelta,
    connection: Connection | None,
) -> None:
    """Write a mail; raises ValueError where none is sent, or not to such an address."""
    services = runtime().services
    if not services.settings.mail:
        raise ValueError(
            "No mails are sent: set VESTIBULE_MAIL, "
            'VESTIBULE_MAIL = "smtp://user:password@mail.example.org" say.'
        )
    if not is_address(to):
        raise ValueError("This is no e-mail address.")

    def write(connection: Connection) -> None:
        now = services.clock.now()
        subject_id = ensure_on(connection, now, user_id).id
        write_mail(connection, services.keyring, now, subject_id, to, subject, paragraphs, lifetime)

    if connection is not None:
        write(connection)
        return
    with services.database.write() as own:
        write(own)
