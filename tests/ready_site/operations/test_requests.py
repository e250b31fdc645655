"""One line of log per request, for people and for programs."""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path

import httpx
import pytest

from tests.ready_site.conftest import Site
from tests.support.running_site import RunningSite
from vestibule.cli.logging_setup import JsonLines, Lines


def test_each_request_is_a_line_with_the_id_of_its_events(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "vestibule.requests")
    site.registered("alice")
    line = next(one for one in caplog.messages if one.startswith("POST /register 303 in "))
    (row,) = site.rows("SELECT request_id FROM vestibule_event WHERE kind = 'account.created'")
    assert line.endswith(f" ms, request {row['request_id']}")


@pytest.mark.requirement("LOG-4")
@pytest.mark.requirement("LOG-6")
def test_nothing_that_was_asked_for_is_in_it(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "vestibule.requests")
    browser = site.person().browser
    for path in ("/reset-password?token=hush", "/hush%0d%0aPOST", "/security/authenticators/hush"):
        browser.get(path, follow_redirects=False)
    browser.request("HUSH-1", "/login")
    assert len(caplog.messages) == 4
    assert "hush" not in caplog.text.lower()
    assert caplog.messages[2].startswith("GET /security/authenticators/<identity> 30")
    assert "GET - 404" in caplog.messages[1]


@pytest.mark.requirement("LOG-6")
@pytest.mark.parametrize("form", [Lines, JsonLines])
def test_what_an_error_says_forges_no_line_and_steers_no_terminal(
    form: type[logging.Formatter],
) -> None:
    try:
        raise ValueError("\n2027-01-01T00:00:00 INFO root signed in\r\x1b[2K\u2028\u202e")
    except ValueError:
        record = logging.makeLogRecord({"msg": "broken", "exc_info": sys.exc_info()})
    first, *others = form().format(record).split("\n")
    assert "broken" in first
    for line in others:
        assert line.startswith("  ")
        assert line.isprintable()


def lines_of(site: RunningSite, path: str) -> list[str]:
    return [line for line in site.said().splitlines() if path in line]


def test_json_is_an_object_per_line(tmp_path: Path) -> None:
    with RunningSite(
        tmp_path / "instance", workers=1, environment={"VESTIBULE_LOG": "json"}
    ) as site:
        httpx.get(f"{site.url}/login")
        told = [json.loads(line) for line in lines_of(site, '"/login"')]
    (one,) = [line for line in told if line["rule"] == "/login"]
    assert (one["level"], one["method"], one["status"]) == ("info", "GET", 200)
    assert one["at"].endswith("+00:00")
    assert len(one["request"]) == 32


def test_errors_alone_are_a_choice(tmp_path: Path) -> None:
    with RunningSite(
        tmp_path / "instance", workers=1, environment={"VESTIBULE_LOG": "errors"}
    ) as site:
        httpx.get(f"{site.url}/login")
        assert lines_of(site, "/login") == []
