"""The guarded writes: of many who want a row, one gets it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.foundation.racers import Racers
from tests.foundation.tickets import ClaimingTheTicket, InsertingTheTicket, Ticket
from vestibule.foundation.database import Database, claim, insert_new


def holder_of(database: Database, name: str) -> str | None:
    with database.read() as connection:
        return connection.execute(select(Ticket.holder).where(Ticket.name == name)).scalar_one()


@pytest.mark.requirement("RL-11")
def test_of_fifty_parallel_claims_exactly_one_gets_the_row(
    database: Database, database_url: str, racers: Racers
) -> None:
    with database.write() as connection:
        insert_new(connection, Ticket, name="one")
    results = racers.race(ClaimingTheTicket, database_url, times=50)
    assert (len(results), results.count(True)) == (50, 1)
    assert str(holder_of(database, "one")).startswith("racer ")


def test_of_fifty_parallel_inserts_exactly_one_makes_the_row(
    database: Database, database_url: str, racers: Racers
) -> None:
    results = racers.race(InsertingTheTicket, database_url, times=50)
    assert (len(results), results.count(True)) == (50, 1)
    assert str(holder_of(database, "new")).startswith("racer ")


def test_a_claim_of_nothing_is_false(database: Database) -> None:
    with database.write() as connection:
        assert not claim(connection, Ticket, [Ticket.name == "nobody's"], holder="me")


def test_a_claim_that_fits_several_rows_changes_none(database: Database) -> None:
    with database.write() as connection:
        insert_new(connection, Ticket, name="one")
        insert_new(connection, Ticket, name="two")
    with pytest.raises(RuntimeError, match="2 rows"), database.write() as connection:
        claim(connection, Ticket, [Ticket.holder.is_(None)], holder="greedy")
    assert (holder_of(database, "one"), holder_of(database, "two")) == (None, None)


def test_a_second_insert_leaves_the_first_as_it_is(database: Database) -> None:
    with database.write() as connection:
        assert insert_new(connection, Ticket, name="one", holder="first")
        assert not insert_new(connection, Ticket, name="one", holder="second")
    assert holder_of(database, "one") == "first"
