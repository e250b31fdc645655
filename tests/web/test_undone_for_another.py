"""PostgreSQL undoes a transaction for another's sake: it is done again, or it is "not now"."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from sqlalchemy import event, make_url

from tests.stories import HostMaker, settled
from tests.support.races import wait_for
from tests.support.seen import Seen
from tests.support.visitor import Visitor
from vestibule.foundation.database import Database

pytestmark = [pytest.mark.requirement("P3"), pytest.mark.requirement("P9")]

EVENTS = "SELECT kind, count(*) FROM vestibule_event GROUP BY kind"


@pytest.fixture
def operator(postgresql_url: str) -> Iterator[psycopg.Connection]:
    """Who never looks whether it is a deadlock."""
    with psycopg.connect(postgresql_url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("SET deadlock_timeout = '10min'")
        yield connection


@pytest.fixture
def ann(postgresql_url: str, make: HostMaker) -> Visitor:
    """Between the steps; her host looks at once, and so its transaction is the one to go."""
    ann = settled(make(postgresql_url), "ann")
    quick = {"options": "-c deadlock_timeout=20ms"}
    ann.host.gets(database=Database(make_url(postgresql_url).update_query_dict(quick)))
    ann.enters_password()
    return ann


class Crossing:
    """An operator's transaction that has locked one table, and wants the other at the moment in
    which one of ours has that, and comes for the first."""

    def __init__(self, operator: psycopg.Connection, ann: Visitor, has: str, wants: str) -> None:
        self._operator, self._has, self._wants = operator, has, wants
        self._thread = threading.Thread(target=self._goes_on)
        self.times = 0
        operator.execute("BEGIN")
        operator.execute(f"LOCK TABLE {has} IN EXCLUSIVE MODE".encode())
        self._url = ann.host.url.replace("+psycopg", "")
        event.listen(ann.host.services.database.engine, "before_cursor_execute", self._comes)

    def _comes(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith(f"INSERT INTO {self._has}"):
            self.times += 1
            if self.times == 1:
                self._thread.start()
                wait_for(self._waits)

    def _waits(self) -> bool:
        waits = "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = %s::regclass"
        with psycopg.connect(self._url) as other:
            return bool(other.execute(waits, [self._wants]).fetchall())

    def _goes_on(self) -> None:
        self._operator.execute(f"LOCK TABLE {self._wants} IN EXCLUSIVE MODE".encode())
        self._operator.execute("COMMIT")

    def is_over(self) -> None:
        self._thread.join()


@pytest.mark.parametrize(
    ("has", "wants"),
    [("vestibule_event", "vestibule_budget"), ("vestibule_session", "vestibule_subject")],
)
def test_nobody_sees_a_deadlock_and_one_try_is_counted(
    ann: Visitor, operator: psycopg.Connection, has: str, wants: str
) -> None:
    before, page = told(operator), ann.opens("/verify-2fa")
    crossing = Crossing(operator, ann, has, wants)
    page = ann.sends(page, page.form(with_field="totp_code"), totp_code=ann.fresh_code())
    crossing.is_over()
    assert page.path == "/dashboard"
    assert crossing.times > 1
    assert told(operator) - before == {"try.taken": 1, "session.opened": 1}


def test_what_would_be_judged_anew_is_not_done_again(
    ann: Visitor, operator: psycopg.Connection
) -> None:
    before = told(operator)
    fails_always(operator, "second_step.failed")
    assert is_not_now(ann.enters_code(ann.wrong_code()))
    assert told(operator) - before == {"try.taken": 1}
    operator.execute("DROP TRIGGER conflict ON vestibule_event")
    [(count,)] = operator.execute(
        "SELECT count FROM vestibule_budget WHERE kind LIKE 'code.account%'"
    ).fetchall()
    assert count == 1
    assert ann.enters_code().path == "/dashboard"


def test_a_code_whose_session_could_not_be_opened_is_not_spent(
    ann: Visitor, operator: psycopg.Connection
) -> None:
    before = told(operator)
    fails_always(operator, "session.opened")
    code = ann.fresh_code()
    assert is_not_now(ann.enters_code(code))
    assert not ann.is_signed_in()
    operator.execute("DROP TRIGGER conflict ON vestibule_event")
    assert ann.enters_code(code).path == "/dashboard"
    assert told(operator) - before == {"try.taken": 2, "session.opened": 1}


def fails_always(operator: psycopg.Connection, kind: str) -> None:
    """A serialization failure for whoever writes an event of this kind."""
    operator.execute(
        "CREATE FUNCTION conflict() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE SQLSTATE '40001'; END $$"
    )
    operator.execute(
        "CREATE TRIGGER conflict BEFORE INSERT ON vestibule_event FOR EACH ROW"
        f" WHEN (NEW.kind = '{kind}') EXECUTE FUNCTION conflict()".encode()
    )


def is_not_now(page: Seen) -> bool:
    return (page.status, page.heading) == (503, "Not possible right now") and bool(page.retry_after)


def told(operator: psycopg.Connection) -> Counter[str]:
    return Counter(dict(operator.execute(EVENTS.encode()).fetchall()))
