"""What a sign-in and a page ask of the database, counted: it comes back unseen otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, request
from flask.signals import request_started
from sqlalchemy import event

from tests.support.quick_site import QuickSite
from tests.support.visitor import Visitor


@dataclass
class Asked:
    """What one request asked of the database."""

    reads: int = 0
    writes: int = 0
    commits: int = 0

    def hears(self, statement: str) -> None:
        self.reads += statement.startswith("SELECT")
        self.writes += statement.startswith(("INSERT", "UPDATE", "DELETE"))
        self.commits += statement == "COMMIT"

    @property
    def counted(self) -> tuple[int, int, int]:
        return self.reads, self.writes, self.commits


@pytest.fixture
def site(tmp_path: Path, database_url: str) -> Iterator[QuickSite]:
    site = QuickSite(tmp_path / "instance", database=database_url)
    yield site
    site.closes()


@pytest.fixture
def ann(site: QuickSite) -> Visitor:
    ann = site.visitor("ann", address="192.0.2.1")
    papers = ann.papers
    page = ann.fills_in("/register", username="ann", email=papers.email, password=papers.password)
    ann.sets_up(page=page)
    # Each worker asks once a minute whether the clocks agree; so that was now.
    ann.in_another_browser().signs_in()
    return ann


@contextmanager
def counted(site: QuickSite) -> Iterator[dict[str, Asked]]:
    """By method and address; of a request that came twice, the last."""
    requests: dict[str, Asked] = {}
    now = Asked()

    def begins(_app: Flask, **_: Any) -> None:
        nonlocal now
        now = requests[f"{request.method} {request.path}"] = Asked()

    def hear(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        now.hears(statement)

    request_started.connect(begins, site.app)
    for engine in site.engines:
        event.listen(engine, "before_cursor_execute", hear)
    yield requests
    for engine in site.engines:
        event.remove(engine, "before_cursor_execute", hear)
    request_started.disconnect(begins, site.app)


def told(requests: dict[str, Asked]) -> dict[str, tuple[int, int, int]]:
    """Reads, writes and commits of each request."""
    return {path: asked.counted for path, asked in requests.items()}


def test_a_sign_in_in_a_new_browser(site: QuickSite, ann: Visitor) -> None:
    browser = ann.in_another_browser()
    with counted(site) as requests:
        browser.signs_in()
        assert browser.is_signed_in()
    assert told(requests) == {
        "GET /login": (0, 0, 0),
        "POST /login": (5, 7, 2),
        "GET /verify-2fa": (2, 0, 0),
        "POST /verify-2fa": (4, 11, 2),
        "GET /dashboard": (2, 0, 0),
    }


def test_a_sign_in_in_a_browser_that_is_known(site: QuickSite, ann: Visitor) -> None:
    ann.signs_out()
    with counted(site) as requests:
        ann.signs_in()
        assert ann.is_signed_in()
    assert told(requests) == {
        "GET /login": (0, 0, 0),
        "POST /login": (5, 6, 3),
        "GET /verify-2fa": (2, 0, 0),
        "POST /verify-2fa": (3, 10, 2),
        "GET /dashboard": (2, 0, 0),
    }


def test_a_page_is_one_read_of_ours_and_one_of_the_host(site: QuickSite, ann: Visitor) -> None:
    with counted(site) as requests:
        assert ann.is_signed_in()
    assert told(requests) == {"GET /dashboard": (2, 0, 0)}


def test_a_name_of_nobody_costs_what_a_name_of_somebody_does(site: QuickSite, ann: Visitor) -> None:
    stranger = ann.in_another_browser("198.51.100.7")
    with counted(site) as of_somebody:
        stranger.enters_password("not the password of ann")
    with counted(site) as of_nobody:
        stranger.enters_password("not the password of ann", name="nobody")
    assert told(of_somebody) == told(of_nobody)
    assert told(of_nobody)["POST /login"] == (3, 3, 2)
