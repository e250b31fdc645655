"""A table for the tests of the database, and what racers do with it."""

from __future__ import annotations

from sqlalchemy import MetaData, String

from vestibule.foundation.database import Database, claim, insert_new
from vestibule.foundation.tables import Base, UtcDateTime, column, optional


class TicketBase(Base):
    """Its own metadata: the tables of tests are none of the program's."""

    metadata = MetaData()


class Ticket(TicketBase):
    __tablename__ = "ticket"

    name = column(String(40), primary_key=True)
    holder = optional(String(40))
    used_at = optional(UtcDateTime)


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
