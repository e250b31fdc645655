"""What is over is found by an index: a purge costs what goes, not what stays."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event

from tests.stories import HostMaker
from vestibule.host.purging import purge


def test_every_purge_has_its_index(database_url: str, make: HostMaker) -> None:
    services = make(database_url).app.extensions["vestibule"].runtime.services
    engine = services.database.engine
    with deletions(engine) as asked:
        purge(services)
    with engine.connect() as connection:
        scanned = {
            table
            for table, statement, values in asked
            if is_scanned(connection, table, statement, values)
        }
    assert len(asked) > 10
    assert scanned == set()


@contextmanager
def deletions(engine: Engine) -> Iterator[list[tuple[str, str, Any]]]:
    """Table, statement and values of each meanwhile."""
    asked: list[tuple[str, str, Any]] = []

    def note(_: object, __: object, statement: str, values: Any, *___: object) -> None:
        if statement.startswith("DELETE FROM "):
            asked.append((statement.split()[2], statement, values))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", note)


def is_scanned(connection: Connection, table: str, statement: str, values: Any) -> bool:
    if connection.dialect.name == "sqlite":
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        return f"SCAN {table}" in {line[-1] for line in plan}
    # A table of no rows is scanned for good reasons; so, only where there is no other way.
    connection.exec_driver_sql("SET enable_seqscan = off")
    plan = connection.exec_driver_sql(f"EXPLAIN {statement}", values)
    return any(f"Seq Scan on {table}" in line[0] for line in plan)
