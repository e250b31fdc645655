"""Fixtures of the stories in process: a host, and people who have accounts there.

Imported by the ``conftest.py`` of each folder that tells such stories.
"""

from __future__ import annotations

import functools
import shutil
from collections.abc import Iterator
from copy import deepcopy
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import pytest

from tests.support.host_app import Host, make_host
from tests.support.host_tables import copy_of_empty_sqlite, folder_of_this_run, make_tables
from tests.support.visitor import Papers, Visitor
from vestibule.testing import MovableClock

__all__ = ["HostMaker", "ann", "any_policy_host", "host", "make", "newcomer", "optional_host"]


class HostMaker(Protocol):
    """Without a URL: an empty SQLite file of its own. With a clock: a database from that time."""

    def __call__(
        self, url: str | None = None, clock: MovableClock | None = None, **config: Any
    ) -> Host: ...


@pytest.fixture
def make(tmp_path: Path) -> Iterator[HostMaker]:
    made: list[Host] = []

    def make(url: str | None = None, clock: MovableClock | None = None, **config: Any) -> Host:
        if url is None:
            url = copy_of_empty_sqlite(tmp_path / f"host-{len(made)}.db")
        elif clock is None:
            make_tables(url)
        config.setdefault("VESTIBULE_POLICY", "required")
        made.append(make_host(url, tmp_path, clock, **config))
        return made[-1]

    yield make
    for one in made:
        one.closes()


@pytest.fixture
def host(request: pytest.FixtureRequest, make: HostMaker, tmp_path: Path) -> Host:
    """A host whose accounts must have a second step."""
    if "ann" not in request.fixturenames:
        return make()
    file, _, now = _with_ann()
    shutil.copy(file, tmp_path / "host-with-ann.db")
    return make(f"sqlite:///{tmp_path / 'host-with-ann.db'}", MovableClock(now))


@pytest.fixture
def optional_host(make: HostMaker) -> Host:
    """A host whose accounts may have a second step."""
    return make(VESTIBULE_POLICY="optional")


@pytest.fixture(params=["required", "optional"])
def any_policy_host(request: pytest.FixtureRequest, make: HostMaker) -> Host:
    return make(VESTIBULE_POLICY=request.param)


@pytest.fixture
def newcomer(host: Host) -> Visitor:
    """Has a password and no second step yet."""
    return Visitor.new(host, "nina")


@pytest.fixture
def ann(host: Host) -> Visitor:
    """Has an authenticator and ten backup codes, and is signed out."""
    _, papers, _ = _with_ann()
    return Visitor(host, deepcopy(papers), address="192.0.2.1", site="http://localhost")


@functools.cache
def _with_ann() -> tuple[Path, Papers, datetime]:
    """A database in which ann has set up, her papers, and when that was: made once, copied for
    each story.
    """
    folder = folder_of_this_run()
    url = copy_of_empty_sqlite(folder / "with-ann.db")
    host = make_host(url, folder, VESTIBULE_POLICY="required")
    ann = settled(host, "ann")
    host.closes()
    return folder / "with-ann.db", ann.papers, host.clock.now()


def settled(host: Host, username: str) -> Visitor:
    """Somebody who set up a second step before the story begins."""
    person = Visitor.new(host, username)
    page = person.sets_up(page=person.enters_password())
    person.sends(page, page.form(action="/logout"))
    return person
