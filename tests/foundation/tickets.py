"""A table for the tests of the database, and what racers do with it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import MetaData, String
from sqlalchemy.orm import Mapped, mapped_column

from vestibule.foundation.database import Base, Database, UtcDateTime, claim, insert_new


class TicketBase(Base):
    """Its own metadata: the tables of tests are none of the program's."""

    __abstract__ = True
    metadata = MetaData()


class Ticket(TicketBase):
    __tablename__ = "ticket"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    holder: Mapped[str | None] = mapped_column(String(40))
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ClaimingTheTicket:
    """``runner(number)``: whether this try got the one ticket."""

    def __init__(self, url: str) -> None:
        self.database = Database(url)

    def __call__(self, number: int) -> bool:
        free = [Ticket.name == "one", Ticket.holder.is_(None)]
        with self.database.write() as connection:
            return claim(connection, Ticket, free, holder=f"racer {number}")


class InsertingTheTicket:
    """``runner(number)``: whether this try made the row."""

    def __init__(self, url: str) -> None:
        self.database = Database(url)

    def __call__(self, number: int) -> bool:
        with self.database.write() as connection:
            return insert_new(connection, Ticket, name="new", holder=f"racer {number}")
