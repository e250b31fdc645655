"""Fixtures of the ready site: sites without a server, and people who use them."""

from __future__ import annotations

import functools
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from flask import Flask
from sqlalchemy import text

from tests.support.host_tables import folder_of_this_run
from tests.support.person import Person
from vestibule.ready_site.extensions import db
from vestibule.ready_site.options import read_options
from vestibule.ready_site.start import prepare, prepared_site

ADDRESS = "http://localhost"


class Site:
    """A site in this process: real pages on a real database, without a server in front."""

    def __init__(self, app: Flask, instance: Path) -> None:
        self.app = app
        self.instance = instance

    def person(self, username: str | None = None, *, address: str = "192.0.2.1") -> Person:
        """Somebody at this network address, who has not registered yet."""
        person = Person(ADDRESS, username=username)
        person.browser.close()
        person.browser = httpx.Client(
            base_url=ADDRESS,
            transport=httpx.WSGITransport(app=self.app, remote_addr=address),
            follow_redirects=True,
        )
        return person

    def registered(self, username: str | None = None, **given: str) -> Person:
        """Somebody who has an account, without a second step yet."""
        person = self.person(username, **given)
        person.registers()
        return person

    def rows(self, statement: str, **values: Any) -> list[dict[str, Any]]:
        with self.app.app_context(), db.engine.connect() as connection:
            answer = connection.execute(text(statement), values)
            return [dict(row) for row in answer.mappings()] if answer.returns_rows else []

    def mails(self) -> list[Path]:
        """Every mail so far, sent just now."""
        self.app.extensions["vestibule"].send_notices()
        return sorted((self.instance / "outbox").glob("*.eml"))

    def close(self) -> None:
        with self.app.app_context():
            db.engine.dispose()
        self.app.extensions["vestibule"].runtime.services.database.dispose()


MakeSite = Callable[..., Site]


@pytest.fixture
def make_site(tmp_path: Path) -> Iterator[MakeSite]:
    """``make_site(policy="optional")`` starts one with these options; the last one made rules."""
    made: list[Site] = []

    def make(**options: Any) -> Site:
        instance = tmp_path / f"instance-{len(made)}"
        if "database" not in options:
            instance.mkdir(mode=0o700)
            shutil.copy(_migrated_sqlite(), instance / "vestibule.db")
            (instance / "vestibule.db").chmod(0o600)
        app = prepared_site(read_options({"instance": instance, "base_url": ADDRESS} | options, {}))
        made.append(Site(app, instance))
        return made[-1]

    yield make
    for one in made:
        one.close()


@functools.cache
def _migrated_sqlite() -> Path:
    """A file on which every revision ran: made once, copied for each site."""
    path = folder_of_this_run() / "migrated.db"
    options = read_options({"instance": path.parent, "database": f"sqlite:///{path}"}, {})
    prepare(options)
    return path


@pytest.fixture
def site(make_site: MakeSite) -> Site:
    return make_site()
