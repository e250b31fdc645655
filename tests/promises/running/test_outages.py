"""P9: trouble with the database closes the door with a clear page, and it opens by itself again."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import httpx
import pytest

from tests.promises.running.conftest import Figure
from tests.promises.running.used_again import UsedAgain
from tests.support.person import Person
from tests.support.postgres import PostgresServer
from tests.support.races import Send, at_once, between_the_steps, filled_in, statuses
from tests.support.running_site import RunningSite

TYPED = "something-typed-by-a-stranger"


@pytest.fixture
def own_server() -> Iterator[PostgresServer]:
    """A server that may be stopped: nobody else uses it."""
    with PostgresServer.running() as server:
        yield server


def requests_that_need_the_database(site: RunningSite, member: Person) -> list[Send]:
    """Prepared while all is well: pages of somebody signed in, and every step of a sign-in."""
    waiting, by_sheet = between_the_steps(member.in_another_browser() for _ in range(2))
    newcomer, stranger = site.person(), site.person()
    return [
        lambda: member.browser.get("/dashboard", follow_redirects=False),
        lambda: member.browser.get("/backup-codes", follow_redirects=False),
        lambda: waiting.browser.get("/setup-2fa", follow_redirects=False),
        filled_in(waiting, "/verify-2fa", totp_code=member.authenticator.newest_code()),
        filled_in(by_sheet, "/verify-2fa/backup-code", backup_code=member.backup_codes[0]),
        filled_in(stranger, "/login", username=TYPED, password=member.password),
        filled_in(
            newcomer,
            "/register",
            username=newcomer.username,
            email=newcomer.email,
            password=newcomer.password,
        ),
    ]


def refused_kindly(answer: httpx.Response) -> bool:
    return (
        answer.status_code == 503
        and int(answer.headers["Retry-After"]) > 0
        and "Not possible right now" in answer.text
        and "vestibule" not in answer.cookies
    )


@pytest.mark.requirement("FLOW-6")
@pytest.mark.requirement("WEB-11")
@pytest.mark.requirement("LOG-5")
def test_a_stopped_postgresql_refuses_entry_and_the_site_recovers_by_itself(
    tmp_path: Path, own_server: PostgresServer, figure: Figure
) -> None:
    with (
        own_server.empty_database() as database,
        RunningSite(tmp_path / "instance", database=database) as site,
    ):
        member = site.member()
        sends = requests_that_need_the_database(site, member)

        going_down = at_once([*sends[:3] * 10, own_server.stop])[:-1]
        assert set(statuses(going_down)) <= {200, 303, 503}
        down = at_once(sends * 4)
        assert [answer for answer in down if not refused_kindly(answer)] == []

        own_server.start()
        back = until_all_is_well(sends[0])
        # And once more, with nobody asking while it is away: every connection at hand is dead.
        own_server.restart()
        back_again = at_once([sends[0]] * 8)
        assert set(statuses(back_again)) <= {200, 303}
        [browser] = between_the_steps([member.in_another_browser()])
        browser.enters_backup_code()
        assert browser.is_signed_in()

        assert "Traceback" not in site.said()
        assert TYPED not in site.said()
    figure("answers as the server went down", statuses(going_down))
    figure("while it was down", statuses(down))
    figure("when it was back", statuses(back))
    figure("after a restart", statuses(back_again))


def until_all_is_well(send: Send) -> list[httpx.Response]:
    """Eight at once, so that every thread of both workers is asked, until all of them answer."""
    answers: list[httpx.Response] = []
    for _ in range(50):
        eight = at_once([send] * 8)
        answers += eight
        assert set(statuses(eight)) <= {200, 503}
        if set(statuses(eight)) == {200}:
            return answers
    raise AssertionError(f"after fifty rounds it still answers {statuses(eight)}")


@pytest.mark.requirement("FLOW-6")
@pytest.mark.requirement("WEB-11")
def test_a_sqlite_file_locked_for_too_long_refuses_entry_until_it_is_free(
    sites: dict[str, RunningSite],
    used_again: dict[str, Future[UsedAgain]],
    figure: Figure,
) -> None:
    used_again["sqlite"].result()  # the story beside this one must not meet the lock
    site = sites["sqlite"]
    member = site.member()
    reads, _, _, with_code, with_backup_code, *_ = requests_that_need_the_database(site, member)
    before = len(site.events())
    other_program = sqlite3.connect(site.instance / "vestibule.db", isolation_level=None)
    other_program.execute("BEGIN IMMEDIATE")

    answers = at_once([with_code, with_backup_code])

    assert [answer for answer in answers if not refused_kindly(answer)] == []
    assert reads().status_code == 200
    other_program.execute("ROLLBACK")
    other_program.close()
    assert len(site.events()) == before
    assert with_backup_code().status_code == 303  # nothing was spent meanwhile
    figure("answers while the file was locked", statuses(answers))
