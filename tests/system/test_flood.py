"""A flood of sign-ins against a running site: who is inside goes on, who is known comes in."""

from __future__ import annotations

import contextlib
import socket
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from benchmarks.flooders import flood
from tests.support.person import Person
from tests.support.running_site import RunningSite
from vestibule.foundation.hashing import default_slots

WORKERS = 2
HASH = 19  # MiB
ELSE = 40  # MiB: connections to the database, and what pages need
OWNERS = 3
AT_ONCE = 40  # bodies


@pytest.mark.requirement("P4")
@pytest.mark.requirement("HASH-7")
@pytest.mark.requirement("RL-11")
@pytest.mark.parametrize(
    "pages",
    [
        pytest.param(100, marks=pytest.mark.system),
        pytest.param(3000, marks=pytest.mark.soak),
    ],
)
def test_a_flood_of_sign_ins_shuts_nobody_out(
    tmp_path: Path, pages: int, record_property: Callable[[str, object], None]
) -> None:
    # As if a proxy said where each comes from: no budget of an address holds them back.
    environment = {"VESTIBULE_PROXIES": "1", "VESTIBULE_LOG": "errors"}
    with RunningSite(
        tmp_path / "instance", workers=WORKERS, threads=8, environment=environment
    ) as site:
        owners = [site.member() for _ in range(OWNERS)]
        member = site.member()
        before = memory(site)
        with flood(site.port, connections=40, rate=500) as flooded:
            for number in range(pages):
                assert member.opens("/dashboard").status_code == 200
                if number % (pages // OWNERS) == 0 and owners:
                    comes_back(owners.pop())
            grown = memory(site) - before

    answers = flooded.answers
    assert set(answers) <= {"422", "429", "503"}
    assert answers["503"] > answers["422"]
    bound = WORKERS * (default_slots() + 1) * HASH
    assert grown < bound + ELSE
    record_property("answers to a flood of sign-ins", dict(answers))
    record_property("pages of a member meanwhile", pages)
    record_property("owners who came in from their known browsers", f"{OWNERS} of {OWNERS}")
    record_property("memory", f"{grown:.0f} MiB more; hashing may take {bound} MiB")


@pytest.mark.requirement("RL-11")
@pytest.mark.parametrize(
    "bodies",
    [
        pytest.param(100, marks=pytest.mark.system),
        pytest.param(2500, marks=pytest.mark.soak),
    ],
)
def test_bodies_of_a_megabyte_are_refused_and_kept_nowhere(
    tmp_path: Path, bodies: int, record_property: Callable[[str, object], None]
) -> None:
    with RunningSite(tmp_path / "instance", workers=WORKERS, threads=8) as site:
        member = site.member()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            answers = Counter(pool.map(sends_a_megabyte, [site] * bodies))
            # By now each thread has what it needs, whatever it is asked.
            before = memory(site)
            refused = [pool.submit(sends_a_megabyte, site) for _ in range(bodies)]
            grown = 0.0
            while not all(one.done() for one in refused):
                assert member.opens("/dashboard").status_code == 200
                grown = max(grown, memory(site) - before)
        answers.update(one.result() for one in refused)

    assert answers == {"413": 2 * bodies}
    assert grown < ELSE
    record_property("answers to bodies of a megabyte", dict(answers))
    record_property("memory", f"{grown:.0f} MiB more at most")


def sends_a_megabyte(site: RunningSite) -> str:
    """The whole of it, whatever is answered meanwhile; and the status."""
    with socket.create_connection(("127.0.0.1", site.port), 60) as connection:
        connection.sendall(
            b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1048576\r\n"
            b"Content-Type: application/x-www-form-urlencoded\r\n\r\npassword="
        )
        with contextlib.suppress(ConnectionError):
            connection.sendall(b"x" * 1048567)
        return connection.recv(12).decode().partition(" ")[2]


def comes_back(owner: Person) -> None:
    owner.signs_out()
    owner.signs_in(with_backup_code=True)
    assert owner.is_signed_in()


def memory(site: RunningSite) -> float:
    """MiB of all its processes; what they share counts once."""
    processes = [psutil.Process(site.pid), *site.workers()]
    return float(sum(one.memory_full_info().pss for one in processes)) / 2**20
