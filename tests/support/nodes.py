"""Two nodes of one site behind nginx, with one PostgreSQL and the same keys."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.support.nginx import nginx_before_nodes
from tests.support.person import Person, trust
from tests.support.running_program import free_port
from tests.support.running_site import RunningSite


class Nodes:
    """``url`` is what the world sees; each request goes to the other node than the one before."""

    def __init__(self, folder: Path, url: str, one: RunningSite, other: RunningSite):
        self.url, self.one, self.other = url, one, other
        self._folder = folder

    def person(self, **given: str) -> Person:
        """Somebody new, who has not registered yet."""
        return Person(self.url, **given)

    def member(self) -> Person:
        """Somebody who registered, set up an authenticator, and is signed in."""
        person = self.person()
        person.registers()
        person.sets_up_authenticator()
        return person

    def asked(self, method: str, path: str) -> list[int]:
        """The port of the node that each such request went to; of two, the one that answered."""
        lines = (self._folder / "requests.log").read_text().splitlines()
        found = (line.split(" ", 3) for line in lines)
        return [int(one[3].rpartition(":")[2]) for one in found if one[:2] == [method, path]]


@contextmanager
def two_nodes(
    folder: Path,
    database: str,
    *,
    environment: Mapping[str, str] | None = None,
    first_environment: Mapping[str, str] | None = None,
) -> Iterator[Nodes]:
    """The keys are those in ``folder / "one"``, where they are made if there are none."""
    port = free_port()
    url = f"https://localhost:{port}"
    settings = {"VESTIBULE_BASE_URL": url, "VESTIBULE_PROXIES": "1", **(environment or {})}
    one = RunningSite(
        folder / "one", database=database, environment={**settings, **(first_environment or {})}
    )
    other = RunningSite(folder / "other", database=database, environment=settings)
    with one:
        (folder / "other").mkdir(mode=0o700)
        shutil.copy(folder / "one" / "keys.toml", folder / "other")
        with (
            other,
            nginx_before_nodes(folder, port=port, nodes=(one.port, other.port)) as certificate,
        ):
            trust(certificate)
            yield Nodes(folder, url, one, other)
