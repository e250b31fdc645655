"""P6: a process killed at any moment leaves a change and its event, or neither."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlalchemy import create_engine, func, select, table

from tests.promises.running.coming_and_going import ComingAndGoing
from tests.promises.running.conftest import Figure
from tests.support.behind import instant
from tests.support.demo_people import fill_with_people, people_of
from tests.support.races import wait_for
from tests.support.running_site import RunningSite
from vestibule.foundation.tokens import token_key

BETWEEN = 4  # sign-ins from one kill to the next: the site is back, and busy


@pytest.mark.requirement("CFG-4")
@pytest.mark.requirement("FLOW-6")
@pytest.mark.requirement("BC-3")
@pytest.mark.requirement("TOTP-7")
@pytest.mark.parametrize("kills", [5, pytest.param(100, marks=pytest.mark.soak)])
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_kill_9_of_a_worker_leaves_nothing_half_done(
    tmp_path: Path,
    database: str,
    kills: int,
    figure: Figure,
    request: pytest.FixtureRequest,
) -> None:
    url = request.getfixturevalue("postgresql_url") if database == "postgresql" else None
    papers = fill_with_people(tmp_path / "instance", people=7 + kills // 3, database=url)
    with RunningSite(tmp_path / "instance", database=url) as site:
        with ComingAndGoing(people_of(site, papers)) as load:
            for number in range(kills):
                comes_so_far(load)
                kill_right_after_a_commit(site, how_many=1 + number % 2)
            comes_so_far(load)  # the service is back, and nobody brought it back

        assert [answer for answer in load.answers if answer in range(500, 600)] in ([], [503])
        rows = Rows(site)
        assert rows.sessions_without_their_event() == []
        assert rows.events_without_their_session() == []
        assert rows.sessions_without_two_steps() == []
        assert rows.started_but_neither_waiting_nor_done() == 0
        assert rows.spent_steps_without_their_session() == []
        assert rows.spent_codes_without_their_session() == []
        assert rows.more_sessions_than_tries() == []
        assert {token_key(cookie) for cookie in load.cookies} <= rows.sessions
    figure(f"sessions after {kills} kills", len(rows.sessions))
    figure("of them with an answer", len(load.cookies))
    figure("answers", dict(sorted(load.answers.items(), key=str)))


def comes_so_far(load: ComingAndGoing) -> None:
    so_far = len(load.cookies)
    wait_for(lambda: len(load.cookies) >= so_far + BETWEEN)


def kill_right_after_a_commit(site: RunningSite, how_many: int) -> None:
    """Where something can be half done, it is so between one commit and the next.

    Every commit of a sign-in brings an event. One worker is killed, or both.
    """
    victims = site.workers()[:how_many]
    engine = create_engine(site.database_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        events = select(func.count()).select_from(table("vestibule_event"))
        so_far = connection.scalar(events)
        # Without a pause, which would be longer than what is to be hit.
        wait_for(lambda: connection.scalar(events) != so_far, pause=0)
        for victim in victims:
            victim.kill()
    engine.dispose()
    psutil.wait_procs(victims)


class Rows:
    """What the kills left in the tables."""

    def __init__(self, site: RunningSite) -> None:
        self._sessions = site.rows("SELECT * FROM vestibule_session")
        self._pending = site.rows("SELECT * FROM vestibule_pending_signin")
        self._authenticators = site.rows("SELECT * FROM vestibule_authenticator")
        self._codes = site.rows("SELECT * FROM vestibule_backup_code")
        self._events = site.events()
        self.sessions = {row["id"] for row in self._sessions}

    def _of(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self._events if event["kind"] == kind]

    def _opened(self) -> set[str]:
        return {details(event)["session"] for event in self._of("session.opened")}

    def sessions_without_their_event(self) -> list[str]:
        return sorted(self.sessions - self._opened())

    def events_without_their_session(self) -> list[str]:
        """Nobody signed out."""
        return sorted(self._opened() - self.sessions)

    def sessions_without_two_steps(self) -> list[str]:
        return [
            row["id"]
            for row in self._sessions
            if not (row["level"] == "aal2" and row["first_step_at"] and row["second_step_at"])
        ]

    def started_but_neither_waiting_nor_done(self) -> int:
        return len(self._of("signin.started")) - len(self._pending) - len(self.sessions)

    def spent_steps_without_their_session(self) -> list[str]:
        opened = self._opened_by("totp")
        return [
            row["id"]
            for row in self._authenticators
            if row["last_step"] and (row["subject_id"], instant(row["last_used_at"])) not in opened
        ]

    def spent_codes_without_their_session(self) -> list[str]:
        opened = self._opened_by("backup_code")
        told = {details(event)["code"] for event in self._of("backup_codes.used")}
        spent = [row for row in self._codes if row["used_at"]]
        assert {row["id"] for row in spent} == told
        return [
            row["id"] for row in spent if (row["subject_id"], instant(row["used_at"])) not in opened
        ]

    def _opened_by(self, factor: str) -> set[tuple[str, Any]]:
        """Whose sessions were opened when, by this factor."""
        return {
            (event["subject_id"], instant(event["at"]))
            for event in self._of("session.opened")
            if event["factor"] == factor
        }

    def more_sessions_than_tries(self) -> list[str]:
        """Accounts with more sessions than tries were taken for, of either step."""
        return list(self._accounts_with_more_sessions_than_tries())

    def _accounts_with_more_sessions_than_tries(self) -> Iterator[str]:
        opened = Counter(row["subject_id"] for row in self._sessions)
        tries = Counter(
            (event["subject_id"], event["factor"] == "password") for event in self._of("try.taken")
        )
        for account, count in opened.items():
            if min(tries[account, True], tries[account, False]) < count:
                yield account


def details(event: dict[str, Any]) -> dict[str, Any]:
    """SQLite keeps JSON as text."""
    found: dict[str, Any] | str = event["details"]
    return json.loads(found) if isinstance(found, str) else found
