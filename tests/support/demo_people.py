"""People whose accounts ``vestibule demo`` made: quicker than having each of them register."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.support.authenticator import Authenticator
from tests.support.nodes import Nodes
from tests.support.person import Person
from tests.support.running_site import PROGRAM, RunningSite


def fill_with_people(
    instance: Path,
    *,
    people: int,
    others: int = 0,
    database: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> Papers:
    """Fills an empty database before its site starts; what opens the accounts of the people. The
    others only have secrets.
    """
    file = instance.with_name(f"{instance.name}-people.json")
    subprocess.run(
        [
            *(PROGRAM, "demo", "--accounts", str(people + others), "--keep", str(people)),
            *("--instance", instance, "--output", file),
            *(("--database", database) if database else ()),
        ],
        check=True,
        capture_output=True,
        env={**os.environ, **(environment or {})},
    )
    users: Papers = json.loads(file.read_text())["users"]
    return users


def people_of(site: RunningSite | Nodes, papers: Papers) -> list[Person]:
    return [_person(site, one) for one in papers]


def _person(site: RunningSite | Nodes, papers: dict[str, Any]) -> Person:
    person = site.person(username=papers["login"])
    person.password = papers["password"]
    person.authenticator = Authenticator(papers["secret"])
    person.backup_codes = list(papers["backup"])
    return person


Papers = list[dict[str, Any]]
