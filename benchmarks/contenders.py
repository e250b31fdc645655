"""Who is measured: Vestibule's ready site, and others who sign in with a second step."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.client import OURS, Way
from benchmarks.servers import DemoUser, Server, demo_users, free_port, running, site

VESTIBULE = "Vestibule"
TUTORIAL = "tutorial"
FLASK_SECURITY = "Flask-Security-Too"
ALLAUTH = "django-allauth"
_FOLDERS = {
    TUTORIAL: "tutorial",
    FLASK_SECURITY: "flask_security_too",
    ALLAUTH: "django_allauth",
}
WAYS = {
    VESTIBULE: OURS,
    TUTORIAL: Way(code_field="code", token_field=""),
    FLASK_SECURITY: Way(
        code="/tf-validate", name_field="email", code_field="code", domain="@example.org"
    ),
    ALLAUTH: Way(
        login="/accounts/login/",
        code="/accounts/2fa/authenticate/",
        name_field="login",
        code_field="code",
        token_field="csrfmiddlewaretoken",
    ),
}
PEERS_PYTHON = os.environ.get("PEERS_PYTHON", sys.executable)
"""Of the environment that the others are installed in."""


@dataclass(frozen=True)
class Size:
    workers: int = 2
    threads: int = 8


@contextmanager
def serving(
    name: str, place: Path, database: str, people: int, size: Size
) -> Iterator[tuple[Server, list[DemoUser]]]:
    """One of ``WAYS`` with people in an empty database; ``database`` empty: a SQLite file."""
    place.mkdir()
    if name == VESTIBULE:
        users = demo_users(place, people, database)
        with site(place, database, size.workers, size.threads) as server:
            yield server, users
        return
    users = [_person(number) for number in range(people)]
    file = place / "people.json"
    file.write_text(json.dumps({"users": [asdict(user) for user in users]}))
    url = database or f"sqlite:///{place / 'site.db'}"
    peer = [PEERS_PYTHON, "-m", "benchmarks.peers.serve", _FOLDERS[name]]
    subprocess.run([*peer, "fill", url, str(file)], check=True)  # noqa: S603 - our own program
    port = free_port()
    command = [*peer, "serve", url, str(port), str(size.workers), str(size.threads)]
    with running(command, port) as server:
        yield server, users


def _person(number: int) -> DemoUser:
    secret = f"JBSWY3DPEHPK3PXP{number:016d}".translate(str.maketrans("0189", "ABCD"))
    return DemoUser(f"demo-{number}", "correct horse battery staple", secret)
