"""The encryption key changes under a running site, and the command that does it is killed."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.promises.running.conftest import Figure
from tests.support.demo_people import Papers, fill_with_people, people_of
from tests.support.person import Person
from tests.support.running_site import PROGRAM, RunningSite
from vestibule.ready_site.key_file import read_key_file

KILLS = 3
PEOPLE = 24
IN_USE = "SELECT key_id, count(*) FROM vestibule_authenticator GROUP BY key_id ORDER BY key_id"
LEFT = "SELECT count(*) AS left FROM vestibule_authenticator WHERE key_id = :key"


@pytest.fixture(params=[2_000, pytest.param(100_000, marks=pytest.mark.soak)])
def filled(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[RunningSite, Papers]]:
    papers = fill_with_people(tmp_path / "instance", people=PEOPLE, others=request.param)
    with RunningSite(tmp_path / "instance", workers=2) as site:
        yield site, papers


def command(site: RunningSite, *words: str) -> list[str]:
    return [str(PROGRAM), "keys", *words, "--instance", str(site.instance)]


def old_key(site: RunningSite) -> str:
    (row,) = site.rows("SELECT DISTINCT key_id FROM vestibule_authenticator")
    return str(row["key_id"])


def comes(person: Person | None) -> None:
    if person is None:
        time.sleep(0.05)
        return
    person.signs_in()
    assert person.is_signed_in()
    person.browser.close()


@pytest.mark.requirement("CFG-2")
@pytest.mark.requirement("TOTP-15")
def test_everybody_signs_in_while_the_key_changes_and_its_command_is_killed(
    filled: tuple[RunningSite, Papers], figure: Figure
) -> None:
    site, papers = filled
    old = old_key(site)
    people = people_of(site, papers[1:-2])
    everybody = iter(people)
    inside = people_of(site, papers[:1])[0]
    inside.signs_in()
    half_way = 0
    with ThreadPoolExecutor(1) as coming:
        for _ in range(KILLS):
            before = site.rows(IN_USE)
            visit = coming.submit(comes, next(everybody, None))
            rotation = subprocess.Popen(command(site, "rotate"), stderr=subprocess.DEVNULL)
            while site.rows(IN_USE) == before and rotation.poll() is None:
                if visit.done():
                    visit.result()
                    visit = coming.submit(comes, next(everybody, None))
            rotation.kill()
            rotation.wait()
            half_way += len(site.rows(IN_USE)) > 1
            visit.result()
            comes(next(everybody, None))
    subprocess.run(command(site, "rotate"), check=True, capture_output=True)
    assert site.rows(LEFT, key=old)[0]["left"] == 0
    for person in (*everybody, *people_of(site, papers[-2:])):
        comes(person)
    assert inside.is_signed_in()
    figure("rotations killed half-way", half_way)
    figure("people who signed in meanwhile and after", PEOPLE)
    # What was killed half-way is gone on with, not begun anew.
    assert half_way
    assert len(read_key_file(site.instance / "keys.toml").keys) <= 2 + KILLS - half_way
