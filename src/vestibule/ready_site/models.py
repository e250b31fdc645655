import secrets
from datetime import datetime

from flask_login import UserMixin
from sqlalchemy import Boolean, DateTime, Index, MetaData, String, false, text, true
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from vestibule.ready_site.hash_schemes import LONGEST_HASH
from vestibule.ready_site.name_rules import LONGEST_EMAIL, LONGEST_NAME


class Base(DeclarativeBase):
    """The base of the site's tables. Constraints have names, so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Account(UserMixin, Base):  # type: ignore[misc]  # Flask-Login carries no types
    """One person's account.

    An e-mail address is not unique: it belongs to an account only once it is confirmed, and a
    registration must not tell whether somebody else gave it before (P8).
    """

    __tablename__ = "account"
    __table_args__ = (
        Index("uq_account_username_key", "username_key", unique=True),
        Index(
            "uq_account_email_confirmed",
            "email_key",
            unique=True,
            sqlite_where=text("email_confirmed_at IS NOT NULL"),
            postgresql_where=text("email_confirmed_at IS NOT NULL"),
        ),
        Index(
            "ix_account_administrators",
            "id",
            sqlite_where=text("is_administrator"),
            postgresql_where=text("is_administrator"),
        ),
    )

    # Random, not counted: SQLite would give the number of a deleted account to the next one.
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    username: Mapped[str] = mapped_column(String(LONGEST_NAME))
    # In an order in which all names that begin alike stand together.
    username_key: Mapped[str] = mapped_column(
        String(LONGEST_NAME).with_variant(String(LONGEST_NAME, collation="C"), "postgresql")
    )
    email: Mapped[str] = mapped_column(String(LONGEST_EMAIL))
    email_key: Mapped[str] = mapped_column(String(LONGEST_EMAIL), index=True)
    email_confirmed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    # When another address took the place of a confirmed one.
    email_changed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    # Whether mails go to the address: not where too many accounts were made with it in a short
    # time, or a stranger could fill a mailbox.
    hears: Mapped[bool] = mapped_column(Boolean, default=True, server_default=true())
    # "" opens nothing: somebody said "This wasn't me".
    password_hash: Mapped[str] = mapped_column(String(LONGEST_HASH))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    is_administrator: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    # Since then nobody can sign in to it.
    disabled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class FormerName(Base):
    """A user name that an account had before. Nobody else gets it: whoever knows the account by
    that name would take a stranger for it.
    """

    __tablename__ = "account_former_name"

    name_key: Mapped[str] = mapped_column(String(LONGEST_NAME), primary_key=True)
    account_id: Mapped[str] = mapped_column(String(32), index=True)


def new_account_id() -> str:
    return secrets.token_hex(16)
