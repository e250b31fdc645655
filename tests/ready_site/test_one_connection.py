"""One request holds one connection at a time: a pool of one serves all that a person does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from tests.support.quick_site import QuickSite
from tests.support.routes import paths


@pytest.fixture
def site(tmp_path: Path, postgresql_url: str) -> Iterator[QuickSite]:
    site = QuickSite(tmp_path / "instance", database=postgresql_url, threads=1)
    yield site
    site.closes()


class Held:
    """How many connections are out of both pools, and how many were at most."""

    def __init__(self, site: QuickSite) -> None:
        self.now = self.most = self.in_all = 0
        for engine in site.engines:
            event.listen(engine, "checkout", self._out)
            event.listen(engine, "checkin", self._in)

    def _out(self, *_: Any) -> None:
        self.now += 1
        self.in_all += 1
        self.most = max(self.most, self.now)

    def _in(self, *_: Any) -> None:
        self.now -= 1


def test_one_request_holds_one_connection_at_a_time(site: QuickSite) -> None:
    held = Held(site)
    ann = site.visitor("ann", address="192.0.2.1")
    ann.fills_in("/register", username="ann", email="ann@example.org", password=ann.papers.password)
    ann.sets_up()
    site.rows("UPDATE account SET is_administrator = true RETURNING id")
    ann.signs_out()
    ann.enters_password()
    assert held.in_all
    ann.enters_backup_code()
    assert ann.is_signed_in()
    for path in paths(site.app, "GET"):
        assert ann.asks(path).status_code < 500, path
    ben = ann.in_another_browser()
    ben.fills_in("/forgot-password", email="ann@example.org")
    ben.enters_password()
    ben.enters_code("000000")
    ben.signs_in()
    ben.fills_in("/confirm", totp_code=ben.fresh_code())
    ben.makes_new_backup_codes()
    ben.signs_out()
    assert (held.now, held.most) == (0, 1)
