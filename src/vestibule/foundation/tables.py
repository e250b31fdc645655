"""What all our tables are made of: their base class, and the column type for an instant."""

from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import DateTime, Dialect, MetaData
from sqlalchemy.dialects import sqlite
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator, TypeEngine


class Base(DeclarativeBase):
    """The base of our tables. Constraints have names, because migrations change them by name."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


_LENGTH = len("2027-01-31 23:59:59.999999")


class _SqliteText(sqlite.DATETIME):
    """SQLite's DATETIME without SQLAlchemy's own conversion: ours below is many times cheaper."""

    def bind_processor(self, _dialect: Dialect) -> None:
        return None

    def result_processor(self, _dialect: Dialect, _coltype: object) -> None:
        return None


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: aware datetimes go in and come out, in UTC; a naive one raises ValueError."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        # SQLAlchemy leaves the constructor of its DATETIME untyped.
        return _SqliteText() if dialect.name == "sqlite" else self.impl_instance  # type: ignore[no-untyped-call]

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a datetime without a time zone is not an instant")
        utc = value.astimezone(UTC)
        if dialect.name != "sqlite":
            return utc
        # SQLite compares text: every instant has the same length, and none names its zone.
        return utc.isoformat(" ", "microseconds").removesuffix("+00:00")

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if dialect.name == "sqlite":
            # Whatever somebody wrote by hand, a date alone say, is an instant too.
            whole = len(value) == _LENGTH
            at = datetime.fromisoformat(f"{value}+00:00" if whole else value)
            return at if whole else at.replace(tzinfo=UTC)
        return cast(datetime, value).astimezone(UTC)
