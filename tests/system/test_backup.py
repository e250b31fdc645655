"""A backup while people come and go, by the commands of the docs: restored and verified."""

from __future__ import annotations

import os
import re
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.docs.reading import page
from tests.support.person import Person
from tests.support.postgres import PostgresServer
from tests.support.programs import needed
from tests.support.running_site import PROGRAM, RunningSite

pytestmark = pytest.mark.system

CROWD = 3
"""People who come one after the other, each at a door of their own."""


@dataclass
class Crowd:
    """Whoever was told that the second step is set up; it goes on until the block ends."""

    site: RunningSite
    members: list[Person] = field(default_factory=list)
    visits: int = 0
    troubles: list[BaseException] = field(default_factory=list)
    _came: threading.Condition = field(default_factory=threading.Condition)
    _over: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def comes_and_goes(self) -> Iterator[Crowd]:
        threads = [threading.Thread(target=self._comes) for _ in range(CROWD)]
        for one in threads:
            one.start()
        try:
            yield self
        finally:
            self._over.set()
            for one in threads:
                one.join()

    def waits_for(self, members: int) -> None:
        with self._came:
            assert self._came.wait_for(lambda: len(self.members) >= members or self.troubles, 120)
        assert not self.troubles, self.troubles

    def _comes(self) -> None:
        while not self._over.is_set():
            try:
                self._registers_and_comes_again()
            except (AssertionError, LookupError) as error:
                # A machine that does too much says 503: whoever is told so tries again.
                if "503" not in str(error):
                    self._is_in_trouble(error)
            except BaseException as error:  # noqa: BLE001 - the test tells
                self._is_in_trouble(error)

    def _registers_and_comes_again(self) -> None:
        person = self.site.member()
        assert len(person.backup_codes) == 10, "503: before the codes were shown"
        with self._came:
            self.members.append(person)
            self._came.notify_all()
        person.signs_out()
        person.signs_in(with_backup_code=True)
        self.visits += person.is_signed_in()

    def _is_in_trouble(self, error: BaseException) -> None:
        with self._came:
            self.troubles.append(error)
            self._over.set()
            self._came.notify_all()


def commands(heading: str) -> list[str]:
    """The lines below a heading of the page."""
    text = page("docs/operations.md").read_text().partition(f"### {heading}\n")[2]
    found = re.search(r"^```sh\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    assert found, heading
    return found[1].splitlines()


def runs(heading: str, places: Mapping[str, str], programs: Path) -> None:
    """Word by word, but for where things are."""
    path = os.pathsep.join((str(programs), str(PROGRAM.parent), os.environ["PATH"]))
    for line in commands(heading):
        here = line
        for place, ours in places.items():
            here = here.replace(place, ours)
        ended = subprocess.run(
            ["bash", "-c", here],
            env=os.environ | {"PATH": path, "VESTIBULE_BASE_URL": "http://localhost"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, f"{line}\n{ended.stdout}{ended.stderr}"


@dataclass
class Place:
    name: str
    programs: Path
    database: str | None = None
    restored: str | None = None


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    if request.param == "SQLite":
        yield Place(request.param, Path(needed("sqlite3")).parent)
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    with server.empty_database() as database, server.empty_database() as restored:
        plain = [one.replace("+psycopg", "") for one in (database, restored)]
        yield Place(request.param, server.program("pg_dump").parent, *plain)


def test_a_backup_under_load_is_restored_and_verified(place: Place, tmp_path: Path) -> None:
    for folder in ("safe", "backup"):
        (tmp_path / folder).mkdir()
    instance, restored = tmp_path / "instance", tmp_path / "restored"
    places = {
        "/var/lib/vestibule": str(instance),
        "/var/lib/restored": str(restored),
        "/media/safe": str(tmp_path / "safe"),
        "/srv/backup": str(tmp_path / "backup"),
        "postgresql://vestibule@db.example.org/site": f"'{place.database}'",
        "postgresql://vestibule@db.example.org/restored": f"'{place.restored}'",
    }
    with RunningSite(instance, database=place.database) as site:
        with Crowd(site).comes_and_goes() as crowd:
            crowd.waits_for(CROWD + 1)
            before = list(crowd.members)
            runs(f"Back up with {place.name}", places, place.programs)
            crowd.waits_for(len(crowd.members) + 1)
        assert not crowd.troubles
        assert crowd.visits
    runs(f"Restore with {place.name}", places, place.programs)
    with RunningSite(restored, database=place.restored) as again:
        alive = "FROM vestibule_session s JOIN vestibule_subject u ON s.subject_id = u.id"
        (count,) = again.rows(f"SELECT count(*) AS n {alive}")
        assert count["n"]
        assert again.rows(f"SELECT s.id {alive} WHERE s.version = u.version") == []
        for person in before:
            comes_back(person, again)


def comes_back(person: Person, site: RunningSite) -> None:
    """With the password and the app of before, in a browser that the site never saw."""
    back = site.person(username=person.username)
    back.password, back.authenticator = person.password, person.authenticator
    back.enters_password()
    assert back.enters_code().url.path == "/dashboard"
    assert back.is_signed_in()
