"""What all our tables are made of: their base class, columns, and the type of an instant."""

from datetime import UTC, datetime
from typing import Any, ClassVar, TypeAlias, TypeVar, cast

from sqlalchemy import (
    Column,
    ColumnClause,
    Connection,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    MetaData,
    Table,
    event,
    text,
)
from sqlalchemy.schema import SchemaItem
from sqlalchemy.types import TypeDecorator, TypeEngine, UserDefinedType

ValueT = TypeVar("ValueT")
_TypeOf: TypeAlias = "TypeEngine[ValueT] | type[TypeEngine[ValueT]]"


def column(type_: "_TypeOf[ValueT]", *references: ForeignKey, **more: Any) -> ColumnClause[ValueT]:
    """A column in which every row has a value; ``more`` as SQLAlchemy's ``Column`` takes it."""
    return Column(type_, *references, nullable=False, **more)


def optional(
    type_: "_TypeOf[ValueT]", *references: ForeignKey, **more: Any
) -> ColumnClause[ValueT | None]:
    """A column that may be NULL."""
    return cast(ColumnClause[ValueT | None], Column(type_, *references, nullable=True, **more))


class Base:
    """The base of our tables: the columns of a class are those of its table, and both stand for
    each other in a statement. Constraints have names, because migrations change them by name.

    No mapped class: its rows are read and written by statements, never as objects, and mapping
    took a sixth of a start.
    """

    metadata: ClassVar[MetaData] = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    __tablename__: ClassVar[str]
    __table_args__: ClassVar[tuple[SchemaItem, ...]] = ()
    __table__: ClassVar[Table]

    def __init_subclass__(cls) -> None:
        if "__tablename__" not in vars(cls):
            return
        columns = {name: one for name, one in vars(cls).items() if isinstance(one, Column)}
        for name, one in columns.items():
            one.name = one.key = name
        cls.__table__ = Table(
            cls.__tablename__, cls.metadata, *columns.values(), *cls.__table_args__
        )

    @classmethod
    def __clause_element__(cls) -> Table:
        # SQLAlchemy asks whatever a statement is made of.
        return cls.__table__


def partial(index: Index, where: str) -> Index:
    """Make it an index of the rows that ``where`` is true of.

    Only when it is made: saying so before, in the way of each kind of database, loads all that
    SQLAlchemy knows of PostgreSQL.
    """

    @event.listens_for(index, "before_create")
    def _(target: Index, connection: Connection, **_: object) -> None:
        target.dialect_options[connection.dialect.name]["where"] = text(where)

    return index


_LENGTH = len("2027-01-31 23:59:59.999999")


class _SqliteText(UserDefinedType[Any]):
    """SQLite's DATETIME without SQLAlchemy's own conversion: ours below is many times cheaper."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        return "DATETIME"


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: aware datetimes go in and come out, in UTC; a naive one raises ValueError."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return _SqliteText() if dialect.name == "sqlite" else self.impl_instance

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
