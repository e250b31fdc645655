"""The live stream: one line of JSON for each event that happened; broken, it stops nobody."""

from __future__ import annotations

import json
import logging
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.stories import HostMaker
from tests.support.host_app import Host
from tests.support.visitor import Visitor
from vestibule import EventKind
from vestibule.audit import sinks
from vestibule.audit.exporting import lines
from vestibule.audit.rows import as_json
from vestibule.audit.wanted import Wanted
from vestibule.configuration import read_settings

pytestmark = pytest.mark.requirement("LOG-7")


def logged(host: Host) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines(host.services, Wanted(), as_json)]


def test_stdout_gets_what_an_export_has(make: HostMaker, capfd: pytest.CaptureFixture[str]) -> None:
    host = make(VESTIBULE_EVENT_STREAM="stdout")
    capfd.readouterr()
    nina = Visitor.new(host, "nina")
    nina.enters_password("not it")
    nina.enters_password()
    nina.sets_up()
    told = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert len(told) > 8

    def by_id(event: dict[str, Any]) -> str:
        return str(event["id"])

    assert sorted(told, key=by_id) == sorted(logged(host), key=by_id)


def test_what_is_rolled_back_is_not_told(
    make: HostMaker, capfd: pytest.CaptureFixture[str]
) -> None:
    host = make(VESTIBULE_EVENT_STREAM="stdout")

    def fails() -> None:
        with host.app.test_request_context(), host.services.database.write() as connection:
            host.vestibule.record(EventKind.ACCOUNT_CREATED, None, connection=connection)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()
    assert capfd.readouterr().out == ""


@pytest.fixture
def receiver() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.settimeout(60)
        yield listening


def test_a_syslog_elsewhere_gets_a_line_of_authpriv(
    make: HostMaker, receiver: socket.socket
) -> None:
    host = make(VESTIBULE_EVENT_STREAM=f"syslog://127.0.0.1:{receiver.getsockname()[1]}")
    Visitor.new(host, "nina").enters_password()
    line = receiver.recv(4096).decode()
    assert line.startswith("<38>vestibule: {")  # facility auth, severity info
    assert json.loads(line.partition(" ")[2]) in logged(host)


def test_the_syslog_of_this_machine_gets_them(
    make: HostMaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = str(tmp_path / "log")
    monkeypatch.setattr(sinks, "_LOCAL", (place,))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(place)
        Visitor.new(make(VESTIBULE_EVENT_STREAM="syslog"), "nina").enters_password()
        assert b'"kind": "try.taken"' in listening.recv(4096)


def test_a_broken_stream_is_told_once_and_stops_no_sign_in(
    make: HostMaker,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    place = str(tmp_path / "nobody-listens")
    monkeypatch.setattr(sinks, "_LOCAL", (place,))
    host = make(VESTIBULE_EVENT_STREAM="syslog")
    nina = Visitor.new(host, "nina")
    nina.enters_password()
    nina.sets_up()
    assert nina.is_signed_in()
    errors = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert [record.getMessage() for record in errors] == [
        "the stream of events is broken: FileNotFoundError"
    ]
    missed = len(logged(host))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(place)
        nina.signs_out()
        assert b"session.ended" in listening.recv(4096)
    assert f"works again; {missed} are only in the log" in caplog.text


def test_a_reader_that_sleeps_holds_up_nobody(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    reading, writing = os.pipe()
    with open(reading, "rb"), open(writing, "w") as out:
        monkeypatch.setattr(sys, "stdout", out)
        sink = sinks.sink_of("stdout")
        assert sink
        for _ in range(200):
            sink("x" * 1000)  # more than a pipe holds
    assert "BlockingIOError" in caplog.text


@pytest.mark.parametrize(
    "place", ["stderr", "syslog://", "syslog://a-name", "syslog://192.0.2.7:x", "http://192.0.2.7"]
)
def test_another_place_is_refused_with_the_line_that_mends_it(place: str) -> None:
    _, findings = read_settings({"VESTIBULE_EVENT_STREAM": place})
    (found,) = [one for one in findings if one.setting == "VESTIBULE_EVENT_STREAM"]
    assert '"stdout" (or "syslog"' in found.fix
