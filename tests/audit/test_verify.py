"""A verification names the first thing that is wrong with the log, and nothing where nothing is."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.audit.log import Log
from tests.support.host_tables import copy_of_empty_sqlite
from vestibule import new_key
from vestibule.audit import reading
from vestibule.audit.models import Event
from vestibule.audit.seals import Seal
from vestibule.audit.verifying import Verification

pytestmark = pytest.mark.requirement("LOG-7")

BATCH = 1000


@pytest.fixture(scope="module", params=[20_000, pytest.param(1_000_000, marks=pytest.mark.soak)])
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Log:
    """A long log that lies under seals."""
    log = Log.new(f"sqlite:///{tmp_path_factory.mktemp('log') / 'whole.db'}")
    for _ in range(request.param // BATCH):
        log.happens(BATCH)
    log.seals()
    log.closes()  # the file is whole then
    return log


@pytest.fixture
def log(whole: Log, tmp_path: Path) -> Iterator[Log]:
    copy = whole.copied(tmp_path / "copy.db")
    yield copy
    copy.closes()


Damage = Callable[[Log, list[str]], object]


def nothing(log: Log, ids: list[str]) -> None:
    """As it was."""


def flips_a_bit(log: Log, ids: list[str]) -> None:
    changed = "details = replace(details, :before, :after)"
    here = {"before": f'"left": {2_345 % BATCH}', "after": f'"left": {2_344 % BATCH}'}
    log.sql(f"UPDATE vestibule_event SET {changed} WHERE id = :id", id=ids[2_345], **here)  # noqa: S608


def deletes_one(log: Log, ids: list[str]) -> None:
    log.sql("DELETE FROM vestibule_event WHERE id = :id", id=ids[2_345])


def swaps_two(log: Log, ids: list[str]) -> None:
    one, two = ids[2_345], ids[7_000]
    for before, after in ((one, "x"), (two, one), ("x", two)):
        log.sql("UPDATE vestibule_event SET id = :after WHERE id = :id", id=before, after=after)


def swaps_two_in_their_seal(log: Log, ids: list[str]) -> None:
    swap = "UPDATE vestibule_sealed_event SET event_id = :after WHERE event_id = :id"
    for before, after in ((ids[2_345], "x"), (ids[2_346], ids[2_345]), ("x", ids[2_346])):
        log.sql(swap, id=before, after=after)


def inserts_one(log: Log, ids: list[str]) -> None:
    names = [column.name for column in Event.__table__.columns]
    columns = ", ".join(names)
    values = ", ".join(":new" if name == "id" else name for name in names)
    log.sql(
        f"INSERT INTO vestibule_event ({columns}) SELECT {values} FROM vestibule_event"  # noqa: S608
        " WHERE id = :id",
        id=ids[2_345],
        new="f" * 32,
    )


@pytest.mark.parametrize(
    ("damage", "first"),
    [
        (nothing, None),
        (flips_a_bit, r"Event {2345} .*, number 346 of seal 3, was changed"),
        (deletes_one, r"Event {2345}, number 346 of seal 3, is missing"),
        (swaps_two, r"Event {2345} .*, number 346 of seal 3, was changed"),
        (swaps_two_in_their_seal, r"Seal 3 was changed: its list of events was reordered"),
        (inserts_one, r"Event f{{32}} .*, under no seal, was inserted"),
    ],
)
def test_the_first_damage_is_named(
    log: Log, damage: Damage, first: str | None, record_property: Callable[[str, object], None]
) -> None:
    ids = log.ids()
    damage(log, ids)
    looked, started = Verification(log.services), time.perf_counter()
    found = next(looked.troubles(), None)
    record_property("events", looked.events)
    record_property("seconds", round(time.perf_counter() - started, 1))
    if first is None:
        assert found is None
        assert looked.events == len(ids)
    else:
        wanted = first.replace("{2345}", ids[2_345]).replace("{{32}}", "{32}")
        assert found
        assert re.match(wanted, found)


ALONE = """
import re, sys
from tests.audit.log import Log
from vestibule.foundation.clock import SystemClock
found, looked = Log(sys.argv[1], (sys.argv[2],), SystemClock()).look()
# Not getrusage: that begins with the memory of the process that started this one.
(most,) = re.findall(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())
print(len(found), looked.events, int(most) // 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says how much it was at most")
def test_memory_does_not_grow_with_the_log(
    whole: Log, record_property: Callable[[str, object], None]
) -> None:
    """In a process of its own, which knows no list of all events."""
    program = [sys.executable, "-c", ALONE, whole.url, *whole.keys]
    ended = subprocess.run(program, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    found, events, megabytes = (int(word) for word in ended.stdout.split())
    record_property("events", events)
    record_property("MB at most", megabytes)
    assert found == 0
    assert events % BATCH == 0 < events
    assert megabytes < 200, "a million events take more than that"


def cuts_off_ten(log: Log, ids: list[str]) -> None:
    """With their seal; the other events of it wait for another one then."""
    for one in ids[-10:]:
        log.sql("DELETE FROM vestibule_event WHERE id = :id", id=one)
    newest = log.sealed()[-1].number
    log.sql("DELETE FROM vestibule_sealed_event WHERE seal = :seal", seal=newest)
    log.sql("DELETE FROM vestibule_event_seal WHERE number = :seal", seal=newest)


def test_newest_events_that_were_cut_off_are_found_with_exported_seals(log: Log) -> None:
    exported, ids = [Seal.of_line(one.as_line()) for one in log.sealed()], log.ids()
    cuts_off_ten(log, ids)
    (found,) = log.troubles(exported)
    assert found.startswith(f"Seal {exported[-1].number} of the file is not in the database")
    assert "10 are gone" in found
    assert ids[-10] in found
    log.seals()  # as the site does that goes on
    assert log.troubles() == [], "without them it is not found, as the docs say"
    (found,) = log.troubles(exported)
    assert "is another one there" in found
    assert "10 are gone" in found


# Smaller logs.


@pytest.fixture
def short(tmp_path: Path) -> Iterator[Log]:
    log = Log(copy_of_empty_sqlite(tmp_path / "short.db"))
    log.happens(5)
    log.seals()
    log.happens(5)
    log.seals()
    yield log
    log.closes()


@pytest.fixture
def everywhere(database_url: str) -> Iterator[Log]:
    """Empty, on SQLite and on PostgreSQL."""
    log = Log.new(database_url)
    yield log
    log.closes()


def test_a_short_log_is_right(everywhere: Log) -> None:
    for _ in range(2):
        everywhere.happens(5)
        everywhere.seals()
    found, looked = everywhere.look()
    assert found == []
    assert (looked.events, looked.seals, looked.waiting) == (10, 2, 0)


OTHER: dict[str, object] = {
    "id": "e" * 32,
    "at": "2020-01-01 00:00:00.000000",
    "kind": "session.opened",
    "result": "failed",
    "factor": "totp",
    "subject_id": "somebody",
    "actor": "a" * 32,
    "address": "192.0.2.66",
    "browser": "Another",
    "request_id": "another",
    "details": '{"code": "x", "left": 99}',
    "key_id": "deadbeef",
    "mac": "0" * 64,
}


@pytest.mark.parametrize("is_sealed", [True, False])
def test_every_column_is_covered(everywhere: Log, is_sealed: bool) -> None:
    """Of each event another column is changed; each is named."""
    columns = [column.name for column in Event.__table__.columns]
    everywhere.happens(len(columns) + 1)
    if is_sealed:
        everywhere.seals()
    everywhere.sql(
        "INSERT INTO vestibule_subject (id, user_id, closed, version, created_at)"
        " VALUES ('somebody', 'u', '', 1, '2026-01-01 00:00:00')"
    )
    ids = everywhere.ids()
    for column, row in zip(columns, ids, strict=False):
        change = f"UPDATE vestibule_event SET {column} = :value WHERE id = :id"  # noqa: S608
        assert everywhere.sql(change, id=row, value=OTHER[column]) == 1
    found = "\n".join(everywhere.troubles())
    for column, row in zip(columns, ids, strict=False):
        assert (row if column != "id" or is_sealed else OTHER["id"]) in found, column
    assert ids[-1] not in found


@pytest.mark.parametrize("column", ["key_id", "mac"])
def test_a_signature_that_was_wiped_is_no_old_event(short: Log, column: str) -> None:
    short.sql(f"UPDATE vestibule_event SET {column} = NULL WHERE id = :id", id=short.ids()[0])  # noqa: S608
    assert "was changed" in short.troubles()[0]


def test_an_event_of_another_key_is_inserted_by_somebody_else(short: Log) -> None:
    other = short.again(new_key())
    other.happens(1)
    other.closes()
    assert "was inserted or changed" in short.troubles()[0]
    assert short.seals() == 0, "and no seal covers it"


def test_seals_that_were_removed_or_replaced_are_named(short: Log) -> None:
    short.happens(3)
    short.seals()
    short.sql("DELETE FROM vestibule_event_seal WHERE number = 2")
    found = short.troubles()
    assert found[0].startswith("Seal 2 is missing")


@pytest.mark.parametrize(
    "change",
    [
        "previous = 'x'",
        "events_hash = 'x'",
        "hash = 'x'",
        "mac = 'x'",
        "until = '2020-01-01 00:00:00.000000'",
    ],
)
def test_a_seal_that_was_changed_is_named(short: Log, change: str) -> None:
    short.sql(f"UPDATE vestibule_event_seal SET {change} WHERE number = 2")  # noqa: S608
    assert "Seal 2" in short.troubles()[0]


def test_a_seal_cannot_be_made_by_whoever_has_no_key(short: Log) -> None:
    stranger = short.again(new_key())
    stranger.sql("DELETE FROM vestibule_sealed_event WHERE seal = 2")
    stranger.sql("DELETE FROM vestibule_event_seal WHERE number = 2")
    stranger.sql("DELETE FROM vestibule_event")
    stranger.happens(5)
    stranger.seals()
    stranger.closes()
    assert "is missing" in short.troubles()[0]


def test_whoever_has_the_keys_is_found_with_exported_seals_only(short: Log) -> None:
    exported = short.sealed()
    for table in ("vestibule_sealed_event", "vestibule_event_seal", "vestibule_event"):
        short.sql(f"DELETE FROM {table}")  # noqa: S608
    for _ in range(2):
        short.happens(5)
        short.seals()
    assert short.troubles() == []
    found = short.troubles(exported)
    assert found[0].startswith("Seal 1 of the file is another one there")
    assert len(found) == 2
    assert len(short.troubles(exported[-1:])) == 1, "the newest alone is enough"


def test_an_event_of_a_key_that_is_gone_is_not_called_right(short: Log) -> None:
    later = short.again(new_key())
    found, looked = later.look()
    later.closes()
    assert found == []
    assert sum(looked.of_unknown_keys.values()) == 12  # ten events and two seals


def test_keys_that_stay_in_the_list_go_on_verifying(short: Log) -> None:
    later = short.again(new_key(), *short.keys)
    later.happens(2)
    later.seals()
    assert later.troubles() == []
    later.closes()


@pytest.mark.parametrize(
    "change",
    [
        "at = CAST(x'ff' AS TEXT)",
        "at = CAST(at AS BLOB)",
        "details = '{'",
        'details = \'{"left": 1, "left": 2}\'',
        "browser = CAST(x'c328' AS TEXT)",
        "id = CAST(x'ff' AS TEXT)",
    ],
)
@pytest.mark.parametrize("is_sealed", [True, False])
def test_no_damage_stops_the_verification(tmp_path: Path, change: str, is_sealed: bool) -> None:
    log = Log(copy_of_empty_sqlite(tmp_path / "log.db"))
    log.happens(3)
    if is_sealed:
        log.seals()
    log.sql(f"UPDATE vestibule_event SET {change} WHERE id = :id", id=log.ids()[1])  # noqa: S608
    found, looked = log.look()
    assert found
    assert looked.events >= 2
    log.seals()  # nor the sealer
    log.closes()


@pytest.mark.parametrize("time", ["infinity", "-infinity"])
def test_times_that_only_postgresql_knows_are_no_hiding_place(
    postgresql_url: str, time: str, short_stretches: None
) -> None:
    log = Log.new(postgresql_url)
    log.happens(3)
    log.seals()
    log.happens(120)
    for one in log.ids()[-100:]:
        log.sql(f"UPDATE vestibule_event SET at = '{time}' WHERE id = :id", id=one)  # noqa: S608
    log.sql(f"UPDATE vestibule_event_seal SET until = '{time}'")  # noqa: S608
    assert len(log.troubles()) == 101
    log.seals()
    log.closes()


@pytest.mark.parametrize("seal", ["7", "-1", "0"])
def test_the_list_of_a_seal_that_is_none_is_no_hiding_place(short: Log, seal: str) -> None:
    stranger = short.again(new_key())
    stranger.happens(1)
    stranger.closes()
    (new,) = set(short.ids()) - {one for seal in short.sealed() for one in seal.events}
    hides = f"INSERT INTO vestibule_sealed_event VALUES ({seal}, 0, :id, 'x')"  # noqa: S608
    short.sql(hides, id=new)
    assert new in short.troubles()[0]
    columns = "made_at, until, previous, opening, size, events_hash, hash, key_id, mac"
    short.sql(
        f"INSERT INTO vestibule_event_seal (number, {columns})"  # noqa: S608
        f" SELECT {seal}, {columns} FROM vestibule_event_seal WHERE number = 2"
    )
    assert any(f"Seal {seal} was changed" in one for one in short.troubles())


def inserts_one_from_before_signatures(log: Log, at: str | None = None) -> str:
    """It has no signature to be wrong: it says to be from before there were any."""
    inserts_one(log, [log.ids()[0]] * 2_346)
    log.sql("UPDATE vestibule_event SET key_id = NULL, mac = NULL WHERE id = :id", id="f" * 32)
    moment = at or f"{log.clock.now():%Y-%m-%d %H:%M:%S.%f}"
    log.sql("UPDATE vestibule_event SET at = :at WHERE id = :id", at=moment, id="f" * 32)
    return "f" * 32


def test_a_seal_that_was_made_an_opening_one_for_a_while_lets_nothing_in(short: Log) -> None:
    new = inserts_one_from_before_signatures(short)
    short.sql("UPDATE vestibule_event_seal SET opening = true WHERE number = 2")
    short.happens(3)
    short.seals()
    short.sql("UPDATE vestibule_event_seal SET opening = false WHERE number = 2")
    assert [new in one for one in short.troubles()] == [True]
    short.seals(whole=True)
    assert [new in one for one in short.troubles()] == [True]


def test_nor_does_a_log_whose_seals_were_all_removed(short: Log) -> None:
    """Removed they are found with exported ones only; but an event comes in by it for nobody."""
    new = inserts_one_from_before_signatures(short)
    for table in ("vestibule_sealed_event", "vestibule_event_seal"):
        short.sql(f"DELETE FROM {table}")  # noqa: S608
    short.seals()
    assert [new in one for one in short.troubles()] == [True]


def test_events_from_before_signatures_stand_at_the_beginning(short: Log) -> None:
    for table in ("vestibule_sealed_event", "vestibule_event_seal"):
        short.sql(f"DELETE FROM {table}")  # noqa: S608
    inserts_one_from_before_signatures(short, "2020-01-01 00:00:00.000000")
    short.seals()
    found, looked = short.look()
    assert (found, looked.unsigned) == ([], 1)


def without_constraints(log: Log, table: str) -> None:
    """As whoever has the file can make it: no keys, no unique columns, any NULL."""
    log.sql(f"ALTER TABLE {table} RENAME TO was")
    log.sql(f"CREATE TABLE {table} AS SELECT * FROM was")  # noqa: S608
    log.sql("DROP TABLE was")


def test_a_seal_without_a_number_hides_none_of_the_others(short: Log) -> None:
    without_constraints(short, "vestibule_event_seal")
    short.sql("INSERT INTO vestibule_event_seal (number) VALUES (NULL)")
    short.sql("UPDATE vestibule_event SET address = '192.0.2.66'")
    found = short.troubles()
    assert "no number" in found[0]
    assert len(found) == 11


def test_the_list_of_no_seal_at_all_is_no_hiding_place(short: Log) -> None:
    without_constraints(short, "vestibule_sealed_event")
    short.happens(1)
    short.sql("UPDATE vestibule_event SET mac = 'x' WHERE id = :id", id=short.ids()[-1])
    short.sql(
        "INSERT INTO vestibule_sealed_event (position, event_id, digest) VALUES (0, :id, 'x')",
        id=short.ids()[-1],
    )
    assert "no seal" in short.troubles()[0]


def test_an_event_that_stands_there_twice_is_named(short: Log) -> None:
    """One as it was written, and another one of the same id for whoever reads the table."""
    without_constraints(short, "vestibule_event")
    one = short.ids()[3]
    copy = "INSERT INTO vestibule_event SELECT * FROM vestibule_event WHERE id = :id"
    for first in (True, False):
        short.sql(copy, id=one)
        rowid = "min(rowid)" if first else "max(rowid)"
        short.sql(
            "UPDATE vestibule_event SET address = '192.0.2.66' WHERE rowid ="  # noqa: S608
            f" (SELECT {rowid} FROM vestibule_event WHERE id = :id)",
            id=one,
        )
        assert f"Event {one}" in short.troubles()[0], rowid
        short.sql("DELETE FROM vestibule_event WHERE id = :id AND address = '192.0.2.66'", id=one)
        assert short.troubles() == []


@pytest.mark.parametrize("column", ["id", "at"])
def test_an_event_without_a_place_in_the_log_is_named(
    short: Log, column: str, short_stretches: None
) -> None:
    without_constraints(short, "vestibule_event")
    short.happens(120)
    short.seals()
    short.happens(1)
    short.sql(f"UPDATE vestibule_event SET {column} = NULL WHERE id = :id", id=short.ids()[-1])  # noqa: S608
    assert f"no {column}" in short.troubles()[0]


def test_two_seals_of_one_number_are_told(short: Log) -> None:
    without_constraints(short, "vestibule_event_seal")
    short.sql("INSERT INTO vestibule_event_seal SELECT * FROM vestibule_event_seal")
    assert "Seal 1 is there twice" in "\n".join(short.troubles())


def test_what_is_told_cannot_steer_a_terminal(short: Log) -> None:
    short.sql("UPDATE vestibule_event SET kind = :kind", kind="\x1b[2Kall is right\r")
    assert all(one.isprintable() for one in short.troubles())


@pytest.fixture
def short_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "STRETCH", 50)


def test_no_event_is_lost_between_two_stretches(everywhere: Log, short_stretches: None) -> None:
    for _ in range(3):
        everywhere.happens(20)
        everywhere.seals()
        everywhere.happens(60)
        for _ in range(20):
            with everywhere.happens_late(timedelta(0)):
                pass  # many at the same time
    _, looked = everywhere.look()
    assert (looked.events, looked.waiting) == (300, 80)
    assert everywhere.seals() == 80
    assert everywhere.troubles() == []


def test_many_damaged_rows_hide_none_behind_them(tmp_path: Path, short_stretches: None) -> None:
    """Bytes in place of a time are sorted behind all texts: reading page by page must not end."""
    log = Log(copy_of_empty_sqlite(tmp_path / "log.db"))
    log.happens(200)
    log.sql("UPDATE vestibule_event SET at = CAST(at AS BLOB)")
    assert log.troubles()
    log.closes()
