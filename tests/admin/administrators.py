"""A host with administrators, who come with their pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, select

from tests.support.host_app import Host
from tests.support.host_tables import User, db
from vestibule import Administration, LastAdministrator

HOUR = timedelta(hours=1)


class Roles(Administration):
    """Of a host with integer keys. ``names`` and ``off`` stand for columns of its table."""

    def __init__(self, host: Host, *names: str) -> None:
        self.host, self.names, self.off = host, set(names), set[str]()

    def is_administrator(self, user: Any) -> bool:
        return user.username in self.names - self.off

    def users(self, typed: str, after: str, most: int) -> Sequence[User]:
        wanted = select(User).where(User.username > after).order_by(User.username).limit(most)
        if "@" in typed:
            wanted = wanted.where(User.email == typed)
        elif typed:
            wanted = wanted.where(User.username.startswith(typed, autoescape=True))
        return list(db.session.scalars(wanted))

    def user(self, key: str) -> User | None:
        # A longer number is in no column of integers, and an error where one is asked for it.
        is_number = key.isdecimal() and len(key) < 19
        return db.session.get(User, int(key)) if is_number else None

    def is_disabled(self, user: Any) -> bool:
        return user.username in self.off

    def disable(self, user: Any, by: Any, record: Callable[[Connection], None]) -> None:
        if not self.is_administrator(by) if by else {user.username} == self.names - self.off:
            raise LastAdministrator
        record(db.session.connection())
        db.session.commit()
        self.off.add(user.username)

    def enable(self, user: Any, by: Any, record: Callable[[Connection], None]) -> None:
        record(db.session.connection())
        db.session.commit()
        self.off.discard(user.username)

    def send_password_link(self, user: Any, record: Callable[[Connection], None]) -> None:
        connection = db.session.connection()
        record(connection)
        words = ("New password", ["Here."])
        self.host.vestibule.mail(user, user.email, *words, lifetime=HOUR, connection=connection)
        db.session.commit()


def with_administrators(host: Host, *names: str) -> Roles:
    roles = Roles(host, *names)
    host.vestibule.administration(roles)
    return roles
