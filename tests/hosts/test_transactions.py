"""Nothing of the host is committed or rolled back by us, whatever its session holds."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from flask import redirect
from flask_login import login_user
from sqlalchemy import select, text

from tests.stories import HostMaker, settled
from tests.support.host_app import Host
from tests.support.host_tables import User, db
from vestibule.foundation.database import Database
from vestibule.signin.models import PendingSignin

CHANGED = "changed-by-the-view@example.org"


class Watched:
    """A host whose login view leaves a change open, and what its session was at the end."""

    def __init__(self, host: Host, *, flushed: bool) -> None:
        self.before = settled(host.restarted(), "ann")
        self.ann = self.before.with_the_same_cookies(host)
        self.host, self.flushed = host, flushed
        self.at_the_end: list[object] = []
        host.app.add_url_rule("/enter", "enter", self.enter, methods=["POST"])
        host.app.teardown_request(self.look)

    def enter(self) -> Any:
        user = db.session.scalar(select(User).filter_by(username="ann"))
        assert user
        self.user = user  # else nobody would hold it when the view has ended
        user.email = CHANGED
        if self.flushed:
            db.session.flush()
        with self.host.vestibule.password_try("ann", user) as attempt:
            attempt.check(user.password_hash, self.ann.papers.password)
        login_user(user)
        return redirect("/dashboard")

    def look(self, _error: object) -> None:
        if not self.at_the_end:
            session, user = db.session(), self.user
            self.at_the_end = [user.email, user in session.dirty, session.in_transaction()]

    def email(self) -> str:
        with self.host.engine.connect() as connection:
            found = connection.execute(text("SELECT email FROM \"user\" WHERE username = 'ann'"))
            return str(found.scalar_one())


@pytest.fixture
def host(make: HostMaker, database_url: str) -> Host:
    return make(database_url)


def test_a_change_not_flushed_yet_stays_so(host: Host) -> None:
    watched = Watched(host, flushed=False)
    assert watched.ann.posts("/enter", {}).location == "/verify-2fa"
    assert watched.at_the_end == [CHANGED, True, True]
    assert watched.email() == "ann@example.org", "it was committed for the host"


def test_an_open_transaction_stays_open_on_postgresql(make: HostMaker, postgresql_url: str) -> None:
    watched = Watched(make(postgresql_url), flushed=True)
    assert watched.ann.posts("/enter", {}).location == "/verify-2fa"
    assert watched.at_the_end == [CHANGED, False, True]
    assert watched.email() == "ann@example.org", "it was committed for the host"


def test_an_open_transaction_on_sqlite_is_named_in_the_log(
    make: HostMaker, caplog: pytest.LogCaptureFixture
) -> None:
    watched = Watched(make(), flushed=True)
    impatient(watched.host)
    with caplog.at_level(logging.ERROR, "vestibule"):
        answer = watched.ann.posts("/enter", {})
    assert answer.status_code == 503
    assert "the host's own view of enter holds the SQLite file" in caplog.text
    assert "Commit before password_try()" in caplog.text
    assert watched.at_the_end == [CHANGED, False, True]
    assert watched.email() == "ann@example.org"
    assert watched.host.rows(PendingSignin) == []


def test_somebody_elses_lock_is_not_called_the_hosts(
    make: HostMaker, caplog: pytest.LogCaptureFixture
) -> None:
    watched = Watched(make(), flushed=False)
    impatient(watched.host)
    with watched.host.engine.connect() as other:
        other.exec_driver_sql("BEGIN IMMEDIATE")
        with caplog.at_level(logging.ERROR, "vestibule"):
            assert watched.ann.posts("/enter", {}).status_code == 503
        other.exec_driver_sql("ROLLBACK")
    assert "database is locked" in caplog.text
    assert "host's own" not in caplog.text


def impatient(host: Host) -> None:
    """As after five seconds."""
    host.gets(database=Database(host.url, busy_timeout=0.05))
