"""What stops a start is told in one sentence, with exit code 1, and nothing is damaged."""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import NullPool, create_engine, text

from tests.support.running_site import PROGRAM, free_port
from vestibule import upgrade_database
from vestibule.cli import main


def refused(*arguments: object, **environment: str) -> str:
    """The sentence of a start that was refused."""
    around = {name: text for name, text in os.environ.items() if "VESTIBULE_" not in name}
    ended = subprocess.run(
        [PROGRAM, *map(str, arguments)],
        env=around | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr.count("\n") == 1
    return ended.stderr


def in_this_process(*arguments: object, **environment: str) -> str:
    """The same without a process of its own, for causes that differ in nothing but the sentence."""
    result = CliRunner().invoke(main, [*map(str, arguments)], env=environment)
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)
    return result.output


def test_a_taken_port(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        port = somebody.getsockname()[1]
        sentence = refused("run", "--port", port, "--instance", tmp_path / "instance")
    assert sentence.startswith(f"Port {port} of 127.0.0.1 is taken: ")
    assert not (tmp_path / "instance").exists()


def test_an_instance_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    sentence = refused("run", "--port", free_port(), "--instance", tmp_path / "file" / "instance")
    assert sentence.startswith(f"The instance folder {tmp_path}/file/instance cannot be written: ")
    assert (tmp_path / "file").read_text() == "mine"


def test_a_database_of_a_newer_version(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'site.db'}"
    upgrade_database(url)
    with create_engine(url, poolclass=NullPool).begin() as connection:
        newer = "UPDATE vestibule_version SET version_num = '9999', oldest_code = '9999'"
        connection.execute(text(newer))
    before = (tmp_path / "site.db").read_bytes()
    sentence = refused("run", "--port", 0, "--instance", tmp_path / "i", VESTIBULE_DATABASE=url)
    assert sentence.startswith("The database was made by a newer version of Vestibule")
    assert (tmp_path / "site.db").read_bytes() == before


def test_an_address_of_another_machine(tmp_path: Path) -> None:
    sentence = in_this_process("run", "--host", "192.0.2.1", "--instance", tmp_path / "instance")
    assert sentence.startswith("Cannot listen on 192.0.2.1, port 8000: ")
    sentence = in_this_process("run", "--host", "no such", "--instance", tmp_path / "instance")
    assert sentence.startswith("There is no address 'no such' to listen on. Give one of")


def test_an_unreachable_database(tmp_path: Path) -> None:
    url = f"postgresql://me:hush@127.0.0.1:{free_port()}/site"
    sentence = in_this_process("run", "--port", 0, "--instance", tmp_path, "--database", url)
    assert sentence.startswith("The database at postgresql+psycopg://me:***@127.0.0.1:")
    assert sentence.count("\n") == 1
    assert "hush" not in sentence


def test_a_database_in_memory(tmp_path: Path) -> None:
    arguments = ("run", "--port", 0, "--instance", tmp_path, "--database", "sqlite://")
    assert in_this_process(*arguments).startswith("VESTIBULE_DATABASE: An in-memory")


@pytest.mark.requirement("CFG-1")
def test_settings_that_the_extension_refuses_are_told_all_at_once(
    tmp_path: Path,
) -> None:
    told = in_this_process(
        *("run", "--port", 0, "--instance", tmp_path / "instance"),
        VESTIBULE_TOTP_WINDOW="2",
        VESTIBULE_SECRET_KEY="changeme",
        VESTIBULE_KEYS="changeme",
    )
    assert "SECRET_KEY: It is missing or can be guessed." in told
    assert "VESTIBULE_TOTP_WINDOW: " in told
    assert not (tmp_path / "instance" / "keys.toml").exists()


@pytest.mark.parametrize(
    "words",
    [
        "accounts list",
        "accounts disable ann --reason r --yes",
        "audit verify",
        "export --to secrets.jsonl --yes-write-secrets",
        "keys show",
        "purge",
        "send-mail",
        "db current",
    ],
)
def test_a_mistyped_folder_does_not_become_a_new_site(tmp_path: Path, words: str) -> None:
    wrong = tmp_path / "wrong"
    result = CliRunner().invoke(main, [*words.split(), "--instance", str(wrong)])
    assert result.exit_code == 1
    assert "vestibule init" in result.output or "vestibule db upgrade" in result.output
    assert not wrong.exists()
