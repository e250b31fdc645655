"""What PostgreSQL undid for another's sake is done again; what was committed never is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, create_engine, text

from tests.foundation.test_database import names
from tests.foundation.tickets import Ticket
from tests.support.races import wait_for
from vestibule.foundation.again import TIMES, again
from vestibule.foundation.budgets import Allowed, Budget, Try, spend
from vestibule.foundation.database import Conflict, Database, Unavailable, claim, insert_new

ONE, TWO = [Ticket.name == "one"], [Ticket.name == "two"]


@pytest.fixture
def database(postgresql_database: Database) -> Iterator[Database]:
    """Whoever of ours waits looks at once whether it is a deadlock, and so is the one to go."""
    with postgresql_database.write() as connection:
        for name in ("one", "two"):
            insert_new(connection, Ticket, name=name)
    quick = {"options": "-c deadlock_timeout=20ms"}
    ours = Database(postgresql_database.engine.url.update_query_dict(quick))
    yield ours
    ours.dispose()


@pytest.fixture
def other(postgresql_database: Database) -> Iterator[Engine]:
    """Somebody else's, who never looks."""
    slow = {"options": "-c deadlock_timeout=10min -c application_name=other"}
    engine = create_engine(postgresql_database.engine.url.update_query_dict(slow))
    yield engine
    engine.dispose()


class Standing:
    """In the way: it holds ``two``, and once ``one`` is ours it wants that too."""

    def __init__(self, other: Engine) -> None:
        self._connection = other.connect()
        self._take("two")
        self._thread = threading.Thread(target=self._takes_the_other)

    def wants_ours(self, ours: Connection) -> None:
        self._thread.start()
        waits = text(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE application_name = 'other' AND wait_event_type = 'Lock'"
        )
        wait_for(lambda: ours.scalar(waits))

    def is_done(self) -> None:
        self._thread.join()

    def _takes_the_other(self) -> None:
        self._take("one")
        self._connection.commit()
        self._connection.close()

    def _take(self, name: str) -> None:
        claim(self._connection, Ticket, [Ticket.name == name], holder="other")


def test_a_deadlock_is_done_again(database: Database, other: Engine) -> None:
    standing, runs = Standing(other), []

    @again
    def take_both() -> str:
        with database.write() as connection:
            runs.append(claim(connection, Ticket, ONE, holder="ours"))
            if len(runs) == 1:
                standing.wants_ours(connection)
            claim(connection, Ticket, TWO, holder="ours")
        return "taken"

    assert take_both() == "taken"
    standing.is_done()
    # Twice; thrice where ours came back before the other had woken up.
    assert len(runs) > 1
    assert all(runs)
    assert holders(database) == ["ours", "ours"]


def test_a_serialization_failure_is_done_again(database: Database, other: Engine) -> None:
    runs = []

    @again
    def take() -> None:
        with database.write() as connection:
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            runs.append(connection.scalar(text("SELECT count(*) FROM ticket")))
            if len(runs) == 1:
                with other.begin() as theirs:
                    claim(theirs, Ticket, ONE, holder="other")
            claim(connection, Ticket, ONE, holder="ours")

    take()
    assert runs == [2, 2]
    assert holders(database)[0] == "ours"


def test_a_try_is_taken_once_whatever_was_done_again(database: Database, other: Engine) -> None:
    budget = Budget("sent", "for this test", limit=5, window=timedelta(hours=1))
    now, standing, runs = datetime(2030, 1, 1, tzinfo=UTC), Standing(other), []

    def record(connection: Connection, _: Allowed) -> None:
        runs.append(claim(connection, Ticket, ONE, holder="ours"))
        if len(runs) == 1:
            standing.wants_ours(connection)
        claim(connection, Ticket, TWO, holder="ours")

    assert spend(database, now, [Try(budget, "ada")], record) == Allowed({"sent": 1})
    standing.is_done()
    assert len(runs) == 2
    assert holders(database) == ["ours", "ours"]
    assert spend(database, now, [Try(budget, "ada")]) == Allowed({"sent": 2})


def conflicts(database: Database) -> None:
    with database.write() as connection:
        connection.exec_driver_sql("DO $$ BEGIN RAISE SQLSTATE '40P01'; END $$")


def takes_a_try_first(database: Database) -> None:
    with database.write() as connection:
        connection.exec_driver_sql("INSERT INTO ticket VALUES (gen_random_uuid())")
    conflicts(database)


def is_lost(database: Database) -> None:
    with database.write() as connection:
        connection.exec_driver_sql("DO $$ BEGIN RAISE SQLSTATE '40003'; END $$")


@pytest.mark.parametrize(
    ("use_case", "times"), [(conflicts, TIMES), (takes_a_try_first, 1), (is_lost, 1)]
)
def test_it_is_not_done_again_without_end_nor_where_something_was_committed(
    database: Database, use_case: Callable[[Database], None], times: int
) -> None:
    runs = []

    @again
    def counted() -> None:
        runs.append(1)
        use_case(database)

    with pytest.raises(Unavailable) as told:
        counted()
    assert isinstance(told.value, Conflict) is (use_case is not is_lost)
    assert len(runs) == times
    assert len(names(database)) == (3 if use_case is takes_a_try_first else 2)


def holders(database: Database) -> list[str]:
    with database.read() as connection:
        return list(connection.scalars(text("SELECT holder FROM ticket ORDER BY name")))
