"""The users of the minimal host, and empty tables of the host and of Vestibule."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from pathlib import Path

from flask_login import UserMixin
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, create_engine, make_url, select
from sqlalchemy.orm import Mapped, mapped_column

from vestibule import upgrade_database
from vestibule.foundation.database import Base

db = SQLAlchemy()


class User(UserMixin, db.Model):  # type: ignore[misc, name-defined]
    """The host's own users: integer keys, names, and hashes that the host keeps."""

    __tablename__ = "user"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(unique=True)
    email: Mapped[str]
    password_hash: Mapped[str]


class Users:
    """The host's own way to its users, on its own session."""

    def find(self, name: str) -> User | None:
        """By user name or by e-mail address, whatever the case."""
        if not name.isprintable():
            return None  # PostgreSQL cannot even be asked for some of them
        field = User.email if "@" in name else User.username
        found: User | None = db.session.scalar(select(User).where(field == name.lower()))
        return found

    def make(self, username: str, password_hash: str) -> User:
        email = f"{username}@example.org"
        user = User(username=username, email=email, password_hash=password_hash)
        db.session.add(user)
        db.session.flush()
        return user

    def connection(self) -> Connection:
        return db.session.connection()

    def commit(self) -> None:
        db.session.commit()


def make_tables(url: str, *, migrated: bool = False) -> None:
    """Empty tables, those of Vestibule as its migrations make them or as its models say."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite" and not Path(str(address.database)).exists():
        shutil.copy(_empty_sqlite(migrated=migrated), str(address.database))
    else:
        _make_each(url, migrated=migrated)


def copy_of_empty_sqlite(path: Path) -> str:
    """The URL of a new file with empty tables."""
    url = f"sqlite:///{path}"
    make_tables(url)
    return url


def _make_each(url: str, *, migrated: bool) -> None:
    if migrated:
        upgrade_database(url)
    engine = create_engine(url)
    Base.metadata.create_all(engine)
    db.metadata.create_all(engine)
    engine.dispose()


@functools.cache
def folder_of_this_run() -> Path:
    """For what is made once and copied; gone when the process ends."""
    folder = Path(tempfile.mkdtemp(prefix="vestibule-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@functools.cache
def _empty_sqlite(*, migrated: bool) -> Path:
    """Made once: a copy costs a hundredth."""
    path = folder_of_this_run() / f"empty-{migrated}.db"
    _make_each(f"sqlite:///{path}", migrated=migrated)
    return path
