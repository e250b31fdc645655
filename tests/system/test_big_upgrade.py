"""A log that has grown, and people who sign in while its tables are upgraded and it is counted."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, NullPool, create_engine, text

from benchmarks.many_events import fill_events
from tests.audit.log import Log
from tests.support.demo_people import fill_with_people, people_of
from tests.support.older_code import LAST_BEFORE, older_code
from tests.support.running_site import RunningSite
from tests.support.under_load import ComingAndGoing
from tests.system.test_rolling import Figure, upgrade
from vestibule.audit.counting import COUNTED, count_sealed, counts_since
from vestibule.migrations import revisions

A_SEALER = """
    INSERT INTO vestibule_event_sealer (name, holder, ends_at, looked_at)
    VALUES ('events', '', now(), now())
"""
SEALED = """
    INSERT INTO vestibule_sealed_event (seal, position, event_id, digest)
    SELECT 2 + (row - 1) / 1000, (row - 1) % 1000, id, ''
    FROM (SELECT id, row_number() OVER (ORDER BY at) AS row FROM vestibule_event) AS rows
"""
SEALS = """
    INSERT INTO vestibule_event_seal
      (number, made_at, until, previous, opening, size, events_hash, hash, key_id, mac)
    SELECT seal, now(), now(), '', false, count(*), '', '', '', ''
    FROM vestibule_sealed_event GROUP BY seal
"""


@pytest.mark.requirement("CFG-4")
@pytest.mark.parametrize(
    "events",
    [
        pytest.param(20_000, marks=pytest.mark.system),
        pytest.param(1_000_000, marks=pytest.mark.soak),
    ],
)
def test_people_sign_in_while_a_grown_log_is_upgraded(
    tmp_path: Path, postgresql_url: str, events: int, record_property: Figure
) -> None:
    old = {"PYTHONPATH": str(older_code(LAST_BEFORE["0011"], tmp_path / "older"))}
    papers = fill_with_people(tmp_path / "one", people=30, database=postgresql_url, environment=old)
    engine = create_engine(postgresql_url, poolclass=NullPool)
    fill_events(engine, events)
    lies_under_seals(engine)
    with RunningSite(tmp_path / "one", database=postgresql_url, threads=8, environment=old) as node:
        with ComingAndGoing(people_of(node, papers)) as load:
            load.comes_so_far(6)
            quiet, began = load.ledger.longest(), time.monotonic()
            upgrade(node)
            took = time.monotonic() - began
            load.comes_so_far(6)
        assert load.ledger.unkind() == {}, node.said()
    assert revisions(postgresql_url).fits
    meanwhile = [one for one in load.ledger.answers if began < one.ended < began + took]
    record_property("events", events)
    record_property("upgraded in (s)", round(took, 1))
    record_property("answers meanwhile", len(meanwhile))
    record_property("longest wait before (s)", round(quiet, 2))
    record_property("meanwhile (s)", round(max(one.ended - one.began for one in meanwhile), 2))

    log, began = Log(postgresql_url), time.monotonic()
    count_sealed(log.services)
    record_property("counted in (s)", round(time.monotonic() - began, 1))
    with log.services.database.read() as connection:
        assert sum(counts_since(connection, date(2000, 1, 1)).values()) == to_count(engine)
    log.closes()


def lies_under_seals(engine: Engine) -> None:
    with engine.begin() as connection:
        for statement in (A_SEALER, SEALED, SEALS):
            connection.execute(text(statement))


def to_count(engine: Engine) -> int:
    with engine.connect() as connection:
        found = (
            "SELECT count(*) FROM vestibule_event JOIN vestibule_sealed_event ON event_id = id"
            " WHERE kind = ANY(:kinds)"
        )
        return connection.execute(text(found), {"kinds": list(COUNTED)}).scalar_one()
