"""``audit`` on the command line, of a host and of the ready site."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import make_url, text
from sqlalchemy.exc import ProgrammingError

from tests.stories import HostMaker, settled
from tests.stories import make as make
from tests.support.host_app import Host
from tests.support.host_tables import make_tables
from tests.support.visitor import Visitor
from vestibule.audit.models import Event, EventSeal
from vestibule.cli import main
from vestibule.cli.flask_group import group
from vestibule.foundation.keyring import Keyring
from vestibule.testing import MovableClock


def says(host: Host, *words: str, **options: Any) -> Result:
    return host.app.test_cli_runner().invoke(group, ["audit", *words], **options)


def said(host: Host, *words: str) -> str:
    result = says(host, *words)
    assert result.exit_code == 0, result.output
    return result.stdout


def tampers(host: Host, statement: str, **values: object) -> None:
    with host.services.database.write() as connection:
        assert connection.execute(text(statement), values).rowcount


@pytest.fixture
def host(make: HostMaker, tmp_path: Path) -> Host:
    url = f"sqlite:///{tmp_path / 'host.db'}"
    make_tables(url, migrated=True)
    host = make(url, MovableClock())
    settled(host, "ann")
    return host


def test_a_log_is_sealed_and_verified(host: Host) -> None:
    count = len(host.rows(Event))
    assert f"{count} events wait for a seal" in said(host, "verify")
    assert said(host, "seal") == f"{count} events came under a seal.\n"
    assert said(host, "verify") == f"{count} events, 1 seals.\nThe log is what was written.\n"


@pytest.mark.requirement("LOG-7")
def test_a_changed_log_is_told_with_the_exit_code(host: Host) -> None:
    said(host, "seal")
    tampers(host, "UPDATE vestibule_event SET address = '192.0.2.99'")
    result = says(host, "verify")
    assert result.exit_code == 3
    assert result.stdout.startswith("Event ")
    assert "number 1 of seal 1, was changed." in result.stdout.splitlines()[0]
    assert "The log is not what was written" in result.stderr


def test_many_findings_are_counted_and_not_all_printed(host: Host) -> None:
    for _ in range(12):
        Visitor.new(host, f"una{_}").enters_password()
    tampers(host, "UPDATE vestibule_event SET mac = NULL")
    lines = says(host, "verify").stdout.splitlines()
    assert len([line for line in lines if line.startswith("Event ")]) == 20
    assert any(line.startswith("… and ") for line in lines)


def test_a_key_that_is_gone_is_told_and_not_called_right(host: Host) -> None:
    said(host, "seal")
    other = host.restarted(VESTIBULE_KEYS=[Keyring.new_text()])
    result = says(other, "verify")
    assert result.exit_code == 1
    assert "is not configured" in result.stderr
    assert "is what was written" not in result.stdout


def test_exported_seals_find_what_was_cut_off(host: Host, tmp_path: Path) -> None:
    said(host, "seal")
    kept = tmp_path / "seals.jsonl"
    result = says(host, "export-seals", "--to", str(kept))
    assert "The newest is number 1, " in result.stderr
    assert kept.stat().st_mode & 0o777 == 0o600
    assert said(host, "verify", "--seals", str(kept)).endswith("The log is what was written.\n")
    for table in ("vestibule_sealed_event", "vestibule_event_seal", "vestibule_event"):
        tampers(host, f"DELETE FROM {table}")  # noqa: S608
    assert says(host, "verify").exit_code == 0
    assert says(host, "verify", "--seals", str(kept)).exit_code == 3


def test_only_new_seals_are_exported_where_that_is_asked_for(host: Host) -> None:
    said(host, "seal")
    Visitor.new(host, "una").enters_password()
    said(host, "seal")
    (line,) = said(host, "export-seals", "--after", "1").splitlines()
    assert json.loads(line)["number"] == 2


def test_a_file_that_holds_no_seals_is_refused(host: Host, tmp_path: Path) -> None:
    said(host, "seal")
    line = json.loads(said(host, "export-seals"))
    for wrong in ("nonsense", "{}", "[]", json.dumps(line | {"number": 7})):
        file = tmp_path / "wrong"
        file.write_text(wrong + "\n")
        result = says(host, "verify", "--seals", str(file))
        assert result.exit_code == 1
        assert "Line 1 of" in result.output
    file.write_text("")
    assert "holds no seal" in says(host, "verify", "--seals", str(file)).output


@pytest.mark.requirement("LOG-7")
def test_events_leave_as_json_lines_and_as_csv(host: Host) -> None:
    rows = [json.loads(line) for line in said(host, "export").splitlines()]
    table = list(csv.DictReader(io.StringIO(said(host, "export", "--format", "csv"))))
    assert len(rows) == len(table) == len(host.rows(Event))
    assert [row["id"] for row in rows] == [row["id"] for row in table]
    opened = next(row for row in rows if row["kind"] == "session.opened")
    assert opened["details"]["level"] == "aal2"
    assert opened["at"].endswith("Z")
    assert [row["at"] for row in rows] == sorted(row["at"] for row in rows)


def test_an_export_can_be_narrowed(host: Host) -> None:
    now = host.clock.now()
    host.clock.moves(days=2)
    una = Visitor(
        host, Visitor.new(host, "una").papers, address="2001:db8::9", site="http://localhost"
    )
    una.enters_password()

    def kinds(*words: str) -> list[str]:
        return [json.loads(line)["kind"] for line in said(host, "export", *words).splitlines()]

    assert (
        kinds("--kind", "signin.started", "--kind", "session.opened").count("session.opened") == 1
    )
    assert set(kinds("--address", "2001:db8::9")) == {
        "try.taken",
        "signin.started",
        "authenticator.offered",
    }
    assert kinds("--account", una.user_id) == kinds("--account", una.subject_id or "")
    assert len(kinds("--since", f"{now:%Y-%m-%d}")) == len(kinds())
    assert kinds("--since", "2999-01-01") == []
    assert kinds("--until", "2000-01-01") == []
    assert says(host, "export", "--kind", "flew").exit_code == 2


@pytest.mark.requirement("LOG-6")
def test_whatever_a_name_holds_an_event_is_one_line_and_no_formula(host: Host) -> None:
    evil = "=1+1\r\nforged,line\u202e\x1b[31m\u2028"
    with host.services.database.write() as connection:
        connection.execute(Event.__table__.update().values(browser=evil))
    count = len(host.rows(Event))
    for form in ("json", "csv"):
        text_ = said(host, "export", "--format", form)
        lines = text_.split("\n")[:-1]
        assert len(lines) == len(text_.splitlines()) == count + (form == "csv")
        for line in lines:
            assert line.isprintable()
        if form == "csv":
            assert "'=1" in text_
            assert ",=1" not in text_
            assert '"=1' not in text_


@pytest.mark.requirement("LOG-6")
@pytest.mark.parametrize(
    "evil", ["x;=1+1", "x; =1+1", 'x";=1+1', "x\t=1+1", "\uff1d1+1", ";@SUM(1)", "|-1+cmd"]
)
def test_no_separator_begins_a_formula(host: Host, evil: str) -> None:
    """A table program may separate cells by what it likes."""
    with host.services.database.write() as connection:
        connection.execute(Event.__table__.update().values(browser=evil))
    for line in said(host, "export", "--format", "csv").split("\n"):
        for cell in re.split(r"[;,|\t\"]", line):
            assert not cell.strip().startswith(("=", "+", "@", "\uff1d")), line
            assert not cell.strip().startswith("-1")


def test_an_export_never_writes_over_a_file(host: Host, tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.write_text("mine")
    assert says(host, "export", "--to", str(there)).exit_code == 1
    assert there.read_text() == "mine"


@pytest.mark.requirement("LOG-8")
def test_old_events_go_when_the_operator_says_so(host: Host) -> None:
    assert "Run first: audit seal" in says(host, "purge", "--older-than", "365").output
    said(host, "seal")
    assert "Nothing is that old." in said(host, "purge", "--older-than", "365")
    host.clock.moves(days=400)
    Visitor.new(host, "una").enters_password()
    said(host, "seal")
    count = len(host.rows(Event))
    assert says(host, "purge", "--older-than", "365", input="n\n").exit_code == 1
    assert len(host.rows(Event)) == count
    assert "under 1 seals up to number 1" in said(host, "purge", "--older-than", "365", "--yes")
    left = {row.kind for row in host.rows(Event)}
    assert left == {"try.taken", "signin.started", "authenticator.offered", "audit.purged"}
    verified = said(host, "verify")
    assert verified.endswith("The log is what was written.\n")
    # Whoever has the keys can write that there was one: the operator knows.
    (mark,) = host.events("audit.purged")
    assert f"Seals up to 1 were purged on {mark.at:%Y-%m-%d %H:%M}" in verified
    assert f"event {mark.id}. Was that you?" in verified


@pytest.mark.parametrize("url", ["nonsense", "what://u:hush@h/x", "postgresql://u:hush@h:port/x"])
def test_an_address_for_the_purge_that_is_none_is_told_without_its_password(
    host: Host, url: str
) -> None:
    said(host, "seal")
    host.clock.moves(days=400)
    Visitor.new(host, "una").enters_password()
    said(host, "seal")
    refused = says(host, "purge", "--older-than", "365", "--yes", "--as", url)
    assert refused.exit_code == 1
    assert isinstance(refused.exception, SystemExit)
    assert "--as" in refused.output
    assert "hush" not in refused.output


@pytest.mark.requirement("LOG-7")
def test_a_purge_does_not_hide_what_was_changed(host: Host) -> None:
    said(host, "seal")
    host.clock.moves(days=400)
    Visitor.new(host, "una").enters_password()
    said(host, "seal")
    tampers(host, "UPDATE vestibule_event SET result = 'x' WHERE kind = 'session.opened'")
    refused = says(host, "purge", "--older-than", "365", "--yes")
    assert refused.exit_code == 1
    assert "Nothing was deleted" in refused.output
    assert len(host.rows(EventSeal)) == 2
    said(host, "purge", "--older-than", "365", "--yes", "--even-if-changed")
    assert said(host, "verify")


# PostgreSQL's roles


@pytest.fixture
def with_roles(make: HostMaker, postgresql_url: str) -> tuple[Host, str]:
    """A host that runs as the role of the site, and the address of the database for a purge."""
    make_tables(postgresql_url, migrated=True)
    owner = make_url(postgresql_url)
    grants = CliRunner().invoke(main, ["audit", "grants"]).output.encode()
    plain = owner.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain) as connection:
        for _ in range(2):  # after an upgrade once more
            connection.execute(grants)
    site, purger = (
        owner.set(username=role).render_as_string(hide_password=False)
        for role in ("vestibule_site", "vestibule_purge")
    )
    return make(site, MovableClock()), purger


@pytest.mark.requirement("LOG-7")
def test_the_role_of_the_site_writes_events_and_can_neither_change_nor_delete_one(
    with_roles: tuple[Host, str],
) -> None:
    host, purger = with_roles
    settled(host, "ann")
    said(host, "seal")
    for statement in (
        "UPDATE vestibule_event SET result = 'x'",
        "DELETE FROM vestibule_event",
        "TRUNCATE vestibule_event",
        "UPDATE vestibule_event_seal SET hash = 'x'",
        "DELETE FROM vestibule_event_seal",
        "DELETE FROM vestibule_sealed_event",
    ):
        with pytest.raises(ProgrammingError, match="permission denied"):
            tampers(host, statement)
    host.clock.moves(days=400)
    Visitor.new(host, "una").enters_password()
    said(host, "seal")
    assert "may not delete events" in says(host, "purge", "--older-than", "365", "--yes").output
    said(host, "purge", "--older-than", "365", "--yes", "--as", purger)
    assert said(host, "verify").endswith("The log is what was written.\n")


# The ready site


def test_the_ready_site_has_the_same_commands(tmp_path: Path) -> None:
    def of_site(*words: str) -> Result:
        return CliRunner().invoke(main, ["audit", *words, "--instance", str(tmp_path / "site")])

    made = CliRunner().invoke(main, ["init", "--instance", str(tmp_path / "site")])
    assert made.exit_code == 0
    assert of_site("seal").output == "0 events came under a seal.\n"
    assert of_site("verify").output == "0 events, 0 seals.\nThe log is what was written.\n"
    assert of_site("export", "--format", "csv").output.startswith("id,at,kind,")
    assert of_site("export-seals").output == "There is no seal.\n"
    assert of_site("purge", "--older-than", "3").exit_code == 1
