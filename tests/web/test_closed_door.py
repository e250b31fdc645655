"""What is broken closes the door: 503 in words, nobody gets in, and it opens again by itself."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url, text

from tests.stories import HostMaker, settled
from tests.support.host_app import KEY
from tests.support.postgres import PostgresServer
from tests.support.seen import Seen
from tests.support.visitor import Visitor
from vestibule import new_key
from vestibule.authenticators.models import Authenticator
from vestibule.foundation.clock import DatabaseClock
from vestibule.foundation.database import Database, Unavailable
from vestibule.foundation.keyring import LOOKS_EVERY
from vestibule.host.purging import purge

pytestmark = [pytest.mark.requirement("P9"), pytest.mark.requirement("FLOW-6")]


def is_closed(page: Seen) -> None:
    assert (page.status, page.heading) == (503, "Not possible right now")
    # The answer to a commit may be what was lost.
    assert "othing was changed" not in page.text
    assert page.retry_after
    assert "Traceback" not in page.html


def test_a_database_file_that_is_gone(ann: Visitor) -> None:
    ann.signs_in()
    ben = settled(ann.host, "ben")
    code_page = ben.enters_password()
    path = Path(ann.host.url.removeprefix("sqlite:///"))
    ann.host.closes()
    for suffix in ("", "-wal", "-shm"):
        file = path.with_name(path.name + suffix)
        if file.exists():
            file.rename(file.with_name("away" + suffix))
    path.mkdir()
    is_closed(ann.opens("/dashboard"))
    is_closed(ann.opens("/setup-2fa"))
    form = code_page.form(with_field="totp_code")
    is_closed(ben.sends(code_page, form, totp_code=ben.fresh_code()))
    path.rmdir()
    for suffix in ("", "-wal", "-shm"):
        file = path.with_name("away" + suffix)
        if file.exists():
            file.rename(path.with_name(path.name + suffix))
    assert ann.is_signed_in()
    assert ben.sends(code_page, form, totp_code=ben.code()).path == "/dashboard"


def test_a_database_server_that_is_restarted(
    postgres_server: PostgresServer, postgresql_url: str, make: HostMaker
) -> None:
    ann = settled(make(postgresql_url), "ann")
    code_page = ann.enters_password()
    form = code_page.form(with_field="totp_code")
    postgres_server.stop()
    try:
        is_closed(ann.sends(code_page, form, totp_code=ann.fresh_code()))
        is_closed(ann.opens("/verify-2fa"))
    finally:
        postgres_server.start()
    # The host's own pool may still hold connections of before: its page says so once.
    ann.sends(code_page, form, totp_code=ann.code())
    assert ann.is_signed_in()


def test_a_database_that_takes_no_writes(ann: Visitor) -> None:
    code_page = ann.enters_password()
    login_page = ann.in_another_browser().opens("/login")
    impatient = Database(ann.host.url, busy_timeout=0.05)
    ann.host.gets(database=impatient)
    form = code_page.form(with_field="totp_code")
    with ann.host.engine.connect() as writer:
        writer.execute(text("BEGIN IMMEDIATE"))
        is_closed(ann.sends(code_page, form, totp_code=ann.fresh_code()))
        fields = {"username": ann.username, "password": ann.papers.password}
        is_closed(ann.sends(login_page, login_page.form(with_field="password"), **fields))
        writer.execute(text("ROLLBACK"))
    assert not ann.is_signed_in()
    assert ann.sends(code_page, form, totp_code=ann.code()).path == "/dashboard"


@contextmanager
def operator(url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        yield connection


def test_a_table_that_somebody_has_locked(postgresql_url: str, make: HostMaker) -> None:
    ann = settled(make(postgresql_url), "ann")
    code_page = ann.enters_password()
    form = code_page.form(with_field="totp_code")
    quick = {"options": "-c lock_timeout=50"}
    ann.host.gets(database=Database(make_url(postgresql_url).update_query_dict(quick)))
    with operator(postgresql_url) as connection:
        for table in ("vestibule_budget", "vestibule_session", "vestibule_event"):
            with connection.transaction():
                connection.execute(f"LOCK TABLE {table}".encode())
                is_closed(ann.sends(code_page, form, totp_code=ann.fresh_code()))
    assert ann.sends(code_page, form, totp_code=ann.fresh_code()).path == "/dashboard"


def test_a_database_that_is_read_only(postgresql_url: str, make: HostMaker) -> None:
    """A standby, or a primary whose operator wants it so, or one that is nearly full."""
    ann, ben = (settled(make(postgresql_url), name) for name in ("ann", "ben"))
    ann.signs_in()
    code_page = ben.enters_password()
    form = code_page.form(with_field="totp_code")
    name = f'"{make_url(postgresql_url).database}"'
    with operator(postgresql_url) as connection:
        connection.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on".encode())
        ann.host.closes()
        ben.host.closes()
        try:
            is_closed(ben.sends(code_page, form, totp_code=ben.fresh_code()))
            assert ann.is_signed_in()
            assert ann.opens("/security").status == 200
        finally:
            connection.execute(
                f"ALTER DATABASE {name} RESET default_transaction_read_only".encode()
            )
    assert ben.sends(code_page, form, totp_code=ben.code()).path == "/dashboard"


@pytest.mark.requirement("TOTP-15")
def test_a_key_that_is_missing(ann: Visitor, caplog: pytest.LogCaptureFixture) -> None:
    without = ann.host.restarted(VESTIBULE_KEYS=[new_key()])
    for _ in range(7):
        guest = ann.in_another_browser().with_the_same_cookies(without)
        guest.enters_password()
        page = guest.enters_code(ann.code(1))
        is_closed(page)
        assert not guest.is_signed_in()
    assert "the keys do not fit the database" in caplog.text
    assert ann.code(1) not in caplog.text
    # Nothing was compared, so no try was lost: with the key back she is let in at once.
    ann.enters_password()
    assert ann.enters_code().path == "/dashboard"


def test_backup_codes_need_no_key_of_the_ring(ann: Visitor) -> None:
    guest = ann.with_the_same_cookies(ann.host.restarted(VESTIBULE_KEYS=[new_key()]))
    guest.enters_password()
    assert guest.enters_backup_code().path == "/backup-codes"


@pytest.mark.requirement("CFG-2")
def test_a_key_that_was_only_replaced_by_a_newer_one(ann: Visitor) -> None:
    ann = ann.with_the_same_cookies(ann.host.restarted(VESTIBULE_KEYS=[new_key(), KEY]))
    assert ann.signs_in().path == "/dashboard"


@pytest.mark.requirement("TOTP-15")
def test_a_ciphertext_that_was_moved_to_another_account(ann: Visitor) -> None:
    """Whoever can write into the database puts an own secret in place of another's."""
    ben = settled(ann.host, "ben")
    mine = {row.subject_id: row for row in ann.host.rows(Authenticator)}
    ann.host.sets(Authenticator, ciphertext=mine[ben.subject_id].ciphertext)
    ann.enters_password()
    is_closed(ann.enters_code(ben.fresh_code()))
    assert not ann.is_signed_in()


def test_a_machine_whose_clock_runs_ahead_of_the_databases(
    postgresql_url: str, make: HostMaker
) -> None:
    host = make(postgresql_url)
    ann, nina = settled(host, "ann"), Visitor.new(host, "nina")
    ahead = [16.0]
    apart = DatabaseClock(host.services.database, machine_time=lambda: time.time() + ahead[0])
    host.gets(database_clock=apart)
    ann.enters_password()
    nina.enters_password()
    for _ in range(7):
        is_closed(ann.enters_code(ann.code(1)))
        is_closed(nina.fills_in("/setup-2fa", totp_code="000000"))
    assert not ann.is_signed_in()
    ahead[0] = 0.0
    assert ann.enters_code().path == "/dashboard"
    assert nina.sets_up().path == "/dashboard"


def test_a_node_whose_clock_ran_ahead_deletes_nothing(
    postgresql_url: str, make: HostMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = make(postgresql_url)
    ann = settled(host, "ann")
    ann.enters_password()
    ahead = [0.0]
    host.gets(
        database_clock=DatabaseClock(
            host.services.database, machine_time=lambda: time.time() + ahead[0]
        )
    )
    host.services.database_clock.refuse_if_apart()  # good for a minute
    ahead[0] = 3600.0
    now = host.clock.now()
    monkeypatch.setattr(host.services.clock, "now", lambda: now + timedelta(hours=1))
    with pytest.raises(Unavailable):
        purge(host.services)
    ahead[0] = 0.0
    monkeypatch.undo()
    assert not any(purge(host.services).values())
    assert ann.enters_code().path == "/dashboard"


def test_all_hashing_slots_are_taken(make: HostMaker) -> None:
    known = settled(make(), "ann")
    ann, other = known.in_another_browser(), known.in_another_browser()
    ann.enters_password()
    fields = {"username": ann.username, "password": ann.papers.password}
    login_page = other.opens("/login")
    full = type(ann.host.hasher).cheap_for_tests(ann.host.folder, slots=1, waiting=1)
    ann.host.gets(hasher=full)
    with full.slot():
        is_closed(other.sends(login_page, login_page.form(with_field="password"), **fields))
        is_closed(ann.enters_backup_code(ann.papers.backup_codes[0]))
        # One slot is kept for browsers that signed in before (P4).
        assert known.enters_password().path == "/verify-2fa"
        # Pages that hash nothing stay open.
        assert ann.enters_code().path == "/dashboard"
    assert other.enters_password().path == "/verify-2fa"


def test_a_host_whose_view_fails_after_login_user_signs_nobody_in(make: HostMaker) -> None:
    host = make(VESTIBULE_POLICY="optional")
    nina = Visitor.new(host, "nina")

    @host.app.after_request
    def fails(response):  # a hook of the host, run between its view and our own hook
        if response.status_code in (302, 303):
            raise RuntimeError("the host's hook broke")
        return response

    page = nina.opens("/login")
    fields = {"username": "nina", "password": nina.papers.password}
    assert nina.sends(page, page.form(with_field="password"), **fields).status == 500
    assert not nina.is_signed_in()


@pytest.mark.requirement("TOTP-15")
def test_a_wrong_key_that_comes_while_the_site_runs_is_not_taken(
    make: HostMaker, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    right, wrong = new_key(), new_key()
    given = [right]
    host = make(VESTIBULE_KEYS=lambda: list(given))
    ann = settled(host, "ann")
    given[:] = [wrong]
    later = time.monotonic() + LOOKS_EVERY
    monkeypatch.setattr("vestibule.foundation.keyring.time.monotonic", lambda: later)
    ben = settled(host, "ben")  # whose secret would be lost with it
    assert "those from before stay in use" in caplog.text
    assert wrong not in caplog.text
    assert right not in caplog.text
    given[:] = [right]
    for person in (ann, ben):
        person.signs_in()
        assert person.is_signed_in()
    given[:] = [wrong, right]  # a rotation's
    monkeypatch.setattr("vestibule.foundation.keyring.time.monotonic", lambda: later + LOOKS_EVERY)
    assert host.services.keyring.current_id == wrong.partition(":")[0]
