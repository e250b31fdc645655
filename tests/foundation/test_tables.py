"""What a class of columns makes of itself, on each kind of database."""

from __future__ import annotations

from sqlalchemy import Index, MetaData, String, create_engine, inspect, select

from vestibule.foundation.tables import Base, UtcDateTime, column, optional, partial


class Loans(Base):
    """Its own metadata: the tables of tests are none of the program's."""

    metadata = MetaData()
    __tablename__ = "loan"
    __table_args__ = (partial(Index("ix_loan_open", "book"), "ended_at IS NULL"),)

    book = column(String(40), primary_key=True)
    ended_at = optional(UtcDateTime)


def test_an_index_of_some_rows_is_made_as_one(database_url: str) -> None:
    engine = create_engine(database_url)
    Loans.metadata.create_all(engine)
    (index,) = inspect(engine).get_indexes("loan")
    engine.dispose()

    kind = engine.dialect.name
    assert "ended_at IS NULL" in str(index["dialect_options"][f"{kind}_where"])


def test_a_column_has_a_value_unless_it_says_that_it_may_have_none() -> None:
    assert [one.nullable for one in Loans.__table__.columns] == [False, True]


def test_a_class_and_its_columns_are_the_table_in_a_statement() -> None:
    statement = select(Loans.book).select_from(Loans).where(Loans.ended_at.is_(None))

    assert str(statement) == "SELECT loan.book \nFROM loan \nWHERE loan.ended_at IS NULL"
