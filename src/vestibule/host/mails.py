"""Mails of the host's own, sent by the way that notices go."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from flask import current_app, g
from sqlalchemy import Connection

from vestibule.foundation.services import Services
from vestibule.host.users import Users
from vestibule.notices.flows import write_later, write_mail
from vestibule.notices.values import Later, is_address
from vestibule.subjects.flows import ensure_on
from vestibule.web.language import language
from vestibule.web.request_state import origin_now, runtime


def post(
    user_id: str,
    to: str,
    subject: str,
    paragraphs: Sequence[str],
    lifetime: timedelta,
    connection: Connection | None,
) -> None:
    """Write a mail; raises ValueError where none is sent, or not to such an address."""
    services = _services()
    if not is_address(to):
        raise ValueError("This is no e-mail address.")

    def write(connection: Connection) -> None:
        now = services.clock.now()
        subject_id = ensure_on(connection, now, user_id).id
        write_mail(connection, services.keyring, now, subject_id, to, subject, paragraphs, lifetime)

    _on(connection, write)


def leave(
    name: str, said: Mapping[str, str], lifetime: timedelta, connection: Connection | None
) -> None:
    """Leave a mail to be written when mails are sent; raises ValueError where none are."""
    services = _services()
    later = Later(name, dict(said), language(), origin_now())

    def write(connection: Connection) -> None:
        write_later(connection, services.keyring, services.clock.now(), later, lifetime)

    _on(connection, write)


def write_as_asked(later: Later) -> None:
    """Let the host write what was left, as if in the request that left it."""
    g.vestibule_origin, g.vestibule_language = later.origin, later.language
    users: Users = current_app.extensions["vestibule"].users
    users.written_later[later.name](**later.said)


def _services() -> Services:
    services = runtime().services
    if not services.settings.mail:
        raise ValueError(
            "No mails are sent: set VESTIBULE_MAIL, "
            'VESTIBULE_MAIL = "smtp://user:password@mail.example.org" say.'
        )
    return services


def _on(connection: Connection | None, write: Callable[[Connection], None]) -> None:
    if connection is not None:
        write(connection)
        return
    with _services().database.write() as own:
        write(own)
