"""Events of the last ninety days, as many as wanted, and somebody who may look at all of them."""

import random
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice

from sqlalchemy import Engine, text

from vestibule.audit.flows import record
from vestibule.audit.sealing import seal
from vestibule.audit.values import EventKind, Origin
from vestibule.foundation.services import Services

DAYS = 90
BATCH = 50_000
COLUMNS = (
    *("id", "at", "kind", "result", "factor", "subject_id", "address", "browser"),
    *("request_id", "details", "key_id", "mac"),
)
# Of a hundred events, as a site writes them on a quiet day.
KINDS: tuple[tuple[int, str, str, str | None], ...] = (
    (40, "signin.started", "ok", "password"),
    (38, "session.opened", "ok", "totp"),
    (12, "session.ended", "ok", None),
    (6, "password.failed", "failed", "password"),
    (3, "second_step.failed", "failed", "totp"),
    (1, "try.refused", "refused", None),
)


def make_administrator(engine: Engine, username: str) -> None:
    with engine.begin() as connection:
        statement = "UPDATE account SET is_administrator = true WHERE username = :name"
        connection.execute(text(statement), {"name": username})


def fill_events(engine: Engine, count: int) -> None:
    """One of ten belongs to no account."""
    with engine.connect() as connection:
        statement = text("SELECT id FROM vestibule_subject")
        subjects = list(connection.execute(statement).scalars())
    rows = _events(subjects, count)
    raw = engine.raw_connection()
    try:
        if engine.dialect.name == "sqlite":
            _insert(raw.driver_connection, rows)  # type: ignore[arg-type]
        else:
            _copy(raw.driver_connection, rows)
        raw.commit()
    finally:
        raw.close()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE" if engine.dialect.name == "sqlite" else "VACUUM ANALYZE"))


def _events(subjects: list[str], count: int) -> Iterator[tuple[object, ...]]:
    chance = random.Random(1)
    kinds = [kind[1:] for kind in KINDS for _ in range(kind[0])]
    now = datetime.now(UTC).replace(tzinfo=None) - timedelta(hours=2)
    step = timedelta(days=DAYS) / count
    for number in range(count):
        at = (now - step * (count - number)).isoformat(" ", "microseconds")
        kind, result, factor = chance.choice(kinds)
        subject = None if chance.random() < 0.1 else chance.choice(subjects)
        address = f"2001:db8:{chance.randrange(65536):x}::1"
        one = f"{chance.getrandbits(128):032x}"
        yield (
            one,
            at,
            kind,
            result,
            factor,
            subject,
            address,
            "Firefox on Linux",
            one,
            "{}",
            "",
            one,
        )


def _insert(connection: sqlite3.Connection, rows: Iterator[tuple[object, ...]]) -> None:
    connection.execute("PRAGMA cache_size = -500000")
    places = ", ".join("?" * len(COLUMNS))
    statement = f"INSERT INTO vestibule_event ({', '.join(COLUMNS)}) VALUES ({places})"  # noqa: S608
    while batch := list(islice(rows, BATCH)):
        connection.executemany(statement, batch)
        connection.commit()


def _copy(connection: object, rows: Iterator[tuple[object, ...]]) -> None:
    with connection.cursor() as cursor:  # type: ignore[attr-defined]
        statement = f"COPY vestibule_event ({', '.join(COLUMNS)}) FROM STDIN"
        cursor.execute("SET timezone = 'UTC'")
        with cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)


def seal_log(services: Services) -> None:
    """A seal with one event under it: before others are filled in that end two hours ago, so that
    no sealer looks through them."""
    with services.database.write() as connection:
        now = services.clock.now()
        record(connection, now, EventKind.SIGNED_OUT, origin=Origin("", "", ""))
    seal(services)
