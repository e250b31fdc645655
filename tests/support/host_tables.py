"""The users of the minimal host, and empty tables of the host and of Vestibule."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from pathlib import Path

from flask_login import UserMixin
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, create_engine, select
from sqlalchemy.orm import Mapped, mapped_column

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


def make_tables(url: str) -> None:
    engine = create_engine(url)
    Base.metadata.create_all(engine)
    db.metadata.create_all(engine)
    engine.dispose()


def copy_of_empty_sqlite(path: Path) -> str:
    """The URL of a file with empty tables: a copy, which is quicker than making them."""
    shutil.copy(_empty_sqlite(), path)
    return f"sqlite:///{path}"


@functools.cache
def folder_of_this_run() -> Path:
    """For what is made once and copied; gone when the process ends."""
    folder = Path(tempfile.mkdtemp(prefix="vestibule-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@functools.cache
def _empty_sqlite() -> Path:
    path = folder_of_this_run() / "empty.db"
    make_tables(f"sqlite:///{path}")
    return path
