"""Instants in the database, and the two clocks."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import select
from sqlalchemy.exc import StatementError

from tests.foundation.tickets import Ticket
from tests.support.postgres import PostgresServer
from vestibule.foundation.clock import DatabaseClock, SystemClock
from vestibule.foundation.database import Database, Unavailable, insert_new

AT_ONCE = timedelta(0)


class SkewedTime:
    """This machine's time, ``seconds`` off."""

    seconds = 0.0

    def __call__(self) -> float:
        return time.time() + self.seconds


def used_at(database: Database, name: str) -> datetime | None:
    with database.read() as connection:
        return connection.execute(select(Ticket.used_at).where(Ticket.name == name)).scalar_one()


@pytest.mark.parametrize(
    "instant",
    [
        datetime(2026, 3, 29, 1, 30, 0, 123456, tzinfo=UTC),
        datetime(2026, 10, 25, 2, 30, tzinfo=timezone(timedelta(hours=2))),
        datetime(2040, 1, 1, tzinfo=timezone(timedelta(hours=-14))),
        datetime(1999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    ],
)
def test_an_instant_comes_back_as_the_same_instant_in_utc(
    database: Database, instant: datetime
) -> None:
    with database.write() as connection:
        insert_new(connection, Ticket, name="one", used_at=instant)
    back = used_at(database, "one")
    assert back == instant
    assert back is not None
    assert back.utcoffset() == timedelta(0)


def test_no_instant_comes_back_as_none(database: Database) -> None:
    with database.write() as connection:
        insert_new(connection, Ticket, name="one", used_at=None)
    assert used_at(database, "one") is None


def test_instants_compare_in_the_database_across_time_zones(database: Database) -> None:
    noon = datetime(2026, 6, 1, 12, tzinfo=UTC)
    with database.write() as connection:
        insert_new(connection, Ticket, name="one", used_at=noon)
    an_hour_before = datetime(2026, 6, 1, 13, tzinfo=timezone(timedelta(hours=2)))
    with database.read() as connection:
        later = select(Ticket.name).where(Ticket.used_at > an_hour_before)
        assert connection.scalar(later) == "one"


def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    naive = datetime(2026, 6, 1, 12)  # noqa: DTZ001  (the point of the test)
    with pytest.raises(StatementError, match="time zone"), database.write() as connection:
        insert_new(connection, Ticket, name="one", used_at=naive)


def test_the_system_clock_tells_an_aware_time_in_utc() -> None:
    before, now, after = time.time(), SystemClock().now(), time.time()
    assert before <= now.timestamp() <= after
    assert now.tzinfo is UTC


@pytest.mark.parametrize("seconds", [16.5, -16.5, 3600.0])
def test_a_clock_apart_from_the_databases_refuses_and_recovers_by_itself(
    postgresql_database: Database, seconds: float
) -> None:
    machine = SkewedTime()
    clock = DatabaseClock(postgresql_database, machine)
    machine.seconds = seconds
    for _ in range(2):
        with pytest.raises(Unavailable, match="apart"):
            clock.refuse_if_apart()
    machine.seconds = 0.0
    clock.refuse_if_apart()


@pytest.mark.parametrize("seconds", [10.0, -10.0])
def test_a_few_seconds_are_allowed(postgresql_database: Database, seconds: float) -> None:
    machine = SkewedTime()
    machine.seconds = seconds
    DatabaseClock(postgresql_database, machine).refuse_if_apart()


def test_a_good_comparison_counts_for_a_while(postgresql_database: Database) -> None:
    machine = SkewedTime()
    seldom = DatabaseClock(postgresql_database, machine, every=timedelta(days=1))
    always = DatabaseClock(postgresql_database, machine, every=AT_ONCE)
    seldom.refuse_if_apart()
    always.refuse_if_apart()
    machine.seconds = 100.0
    seldom.refuse_if_apart()
    with pytest.raises(Unavailable):
        always.refuse_if_apart()


def test_an_sqlite_file_has_no_clock_to_differ_from(sqlite_database: Database) -> None:
    machine = SkewedTime()
    machine.seconds = 10_000.0
    DatabaseClock(sqlite_database, machine).refuse_if_apart()


def test_where_the_database_is_gone_nobody_knows_the_time(
    postgres_server: PostgresServer, postgresql_database: Database
) -> None:
    clock = DatabaseClock(postgresql_database, every=AT_ONCE)
    clock.refuse_if_apart()
    postgres_server.stop()
    try:
        with pytest.raises(Unavailable):
            clock.refuse_if_apart()
    finally:
        postgres_server.start()
    clock.refuse_if_apart()
