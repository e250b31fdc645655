"""An event is written by one statement: signed, with details that its kind knows, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from tests.audit.log import ORIGIN, Log
from tests.support.host_tables import copy_of_empty_sqlite
from vestibule import EventKind
from vestibule.audit.details import SCHEMAS
from vestibule.audit.flows import record
from vestibule.audit.models import Event
from vestibule.audit.rows import COLUMNS
from vestibule.foundation.database import Database


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    log = Log(copy_of_empty_sqlite(tmp_path / "log.db"))
    yield log
    log.closes()


def writes(log: Log, kind: EventKind, **details: Any) -> None:
    with log.services.database.write() as connection:
        record(connection, log.clock.now(), kind, origin=ORIGIN, details=details)


def test_a_signature_costs_no_statement(log: Log) -> None:
    said: list[str] = []

    def hear(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(statement)

    event.listen(log.services.database.engine, "before_cursor_execute", hear)
    writes(log, EventKind.SIGNED_IN, level="aal2", session="x", method="")
    assert [one.split()[0] for one in said] == ["BEGIN", "INSERT", "COMMIT"]
    assert log.troubles() == []


@pytest.mark.requirement("LOG-7")
def test_every_column_is_signed_or_is_the_signature() -> None:
    assert {one.key for one in COLUMNS} == {one.name for one in Event.__table__.columns}


@pytest.mark.requirement("LOG-3")
@pytest.mark.parametrize(
    "details",
    [
        {"password": "a secret"},
        {"left": "many"},
        {"left": True, "code": 7},
        {"code": "two\nlines"},
        {"code": "turned \u202e around"},
        {"code": "x" * 256},
    ],
)
def test_details_that_the_schema_does_not_know_are_refused_and_not_repeated(
    log: Log, details: dict[str, Any]
) -> None:
    with pytest.raises(ValueError) as refusal:
        writes(log, EventKind.BACKUP_CODE_USED, **details)
    assert "backup_codes.used" in str(refusal.value)
    assert not any(isinstance(one, str) and one in str(refusal.value) for one in details.values())
    assert log.ids() == []


@pytest.mark.requirement("LOG-3")
def test_schemas_are_of_kinds_that_exist_and_of_plain_types() -> None:
    assert set(SCHEMAS) <= set(EventKind)
    assert {one for schema in SCHEMAS.values() for one in schema.values()} <= {str, int, bool}


def test_on_a_connection_of_nobody_no_event_is_written(log: Log) -> None:
    """Rather than one without a signature, which would be an alarm."""
    nobodys = Database(log.url)
    with pytest.raises(RuntimeError, match="no application's"), nobodys.write() as connection:
        record(connection, log.clock.now(), EventKind.SIGNED_OUT, origin=ORIGIN)
    nobodys.dispose()
    assert log.ids() == []
