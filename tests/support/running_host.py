"""An application of ``tests/hosts/applications`` in a real gunicorn, and people who use it."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from tests.support.person import Person
from tests.support.running_program import RunningProgram, free_port
from vestibule import new_key

ROOT = Path(__file__).parents[2]
PASSWORD = "a password that the host knows"
PREFIX = "/two-factor"


class ByScript(Person):
    """Whose first step is sent as JSON by the page's script."""

    def enters_password(self, **fields: str) -> httpx.Response:
        given = {"username": self.username, "password": self.password} | fields
        answer = self.browser.post("/login", json=given)
        if answer.status_code != 401:
            return answer
        assert answer.headers["Content-Type"] == "application/problem+json"
        return self.browser.get(urlsplit(answer.json()["second_step"]).path)


@dataclass(frozen=True)
class Shape:
    """One application and how it is served."""

    application: str
    kind: str = "gthread"
    workers: int = 1
    mount: str = ""
    home: str = "/dashboard"
    person: type[Person] = Person
    driver: str = ""
    """Of PostgreSQL; the host's data are in SQLite or in no database where it is empty."""

    def __str__(self) -> str:
        return "-".join(filter(None, (self.application.partition(":")[0], self.driver)))


class RunningHost(RunningProgram):
    """Its data are in ``folder``, or in ``database``."""

    def __init__(self, shape: Shape, folder: Path, database: str = "") -> None:
        self.shape = shape
        port = free_port()
        at_once = ("--worker-connections", "50") if shape.kind == "gevent" else ("--threads", "4")
        module = shape.application if ":" in shape.application else shape.application + ":app"
        super().__init__(
            [
                *(sys.executable, "-m", "gunicorn", "--no-control-socket", "--chdir", str(ROOT)),
                *("--bind", f"127.0.0.1:{port}", "--worker-class", shape.kind),
                *("--graceful-timeout", "1"),
                *("--workers", str(shape.workers), *at_once),
                f"tests.hosts.applications.{module}",
            ],
            port=port,
            log=folder / "gunicorn.log",
            environment={
                "HOST_FOLDER": str(folder),
                "HOST_PASSWORD": PASSWORD,
                "HOST_KEY": new_key(),
                "HOST_DATABASE": database,
            },
        )

    def member(self, username: str = "ann") -> Person:
        """A user of the host, who has no second step yet."""
        shape = self.shape
        member = shape.person(
            self.url + shape.mount, username=username, prefix=PREFIX, home=shape.home
        )
        member.password = PASSWORD
        return member
