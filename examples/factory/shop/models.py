"""The people who have an account, and what they may do."""

from typing import Literal

from flask_login import UserMixin
from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from shop.extensions import Base, db, login_manager

Role = Literal["customer", "staff"]


class User(UserMixin, Base):
    __tablename__ = "user"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(80), unique=True)
    password_hash: Mapped[str] = mapped_column(String(255))
    role: Mapped[Role] = mapped_column(String(10), default="customer")


def with_username(username: str) -> User | None:
    found: User | None = db.session.scalar(db.select(User).where(User.username == username))
    return found


@login_manager.user_loader
def load_user(user_id: str) -> User | None:
    return db.session.get(User, int(user_id))
