"""Two nodes of one site behind nginx, with one PostgreSQL and the same keys."""

from __future__ import annotations

import os
import shutil
import signal
import time
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

    @contextmanager
    def taken_out(self, node: RunningSite) -> Iterator[None]:
        """nginx gives it nothing new for as long as the block lasts, as with `down` beside it."""
        configuration = self._folder / "nginx.conf"
        before = configuration.read_text()
        configuration.write_text(before.replace(f":{node.port} fail", f":{node.port} down fail"))
        self._reload()
        try:
            yield
        finally:
            configuration.write_text(before)
            self._reload()

    def _reload(self) -> None:
        os.kill(int((self._folder / "nginx.pid").read_text()), signal.SIGHUP)
        time.sleep(1)

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
) -> Iterator[Nodes]:
    """The keys are those in ``folder / "one"``, where they are made if there are none."""
    port = free_port()
    url = f"https://localhost:{port}"
    settings = {"VESTIBULE_BASE_URL": url, "VESTIBULE_PROXIES": "1", **(environment or {})}
    one, other = (
        RunningSite(folder / name, database=database, threads=8, environment=settings)
        for name in ("one", "other")
    )
    with one:
        (folder / "other").mkdir(mode=0o700)
        shutil.copy(folder / "one" / "keys.toml", folder / "other")
        with (
            other,
            nginx_before_nodes(folder, port=port, nodes=(one.port, other.port)) as certificate,
        ):
            trust(certificate)
            yield Nodes(folder, url, one, other)
