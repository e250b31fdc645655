"""Every command understands several hosts in one address, and goes to the one that is there."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import make_url, text

from vestibule.cli import main
from vestibule.cli.moving_place import source_engine

SAY = {
    "db upgrade": "The tables fit",
    "db current": "newest",
    "doctor": "Nothing is wrong.",
    "keys show": "encrypts",
    "accounts list": "second step",
    "audit verify": "The log is what was written.",
    "purge": "Deleted: nothing.",
}


@pytest.fixture
def several(postgresql_url: str, tmp_path: Path) -> str:
    """At the first nobody listens."""
    url = make_url(postgresql_url)
    return f"postgresql://postgres@/{url.database}?host={tmp_path},{url.query['host']}"


def test_every_command_understands_several_hosts(several: str, tmp_path: Path) -> None:
    given = {"VESTIBULE_DATABASE": several, "VESTIBULE_BASE_URL": "http://localhost"}
    for command, sentence in SAY.items():
        words = [*command.split(), "--instance", str(tmp_path / "instance")]
        said = CliRunner().invoke(main, words, env=given)
        assert said.exit_code == 0, f"{command}: {said.output}"
        assert sentence in said.output, command


def test_an_import_reads_from_several_hosts_too(several: str) -> None:
    with source_engine(several) as engine, engine.connect() as connection:
        assert connection.scalar(text("SELECT 1")) == 1
