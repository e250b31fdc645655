"""The command line itself."""

from __future__ import annotations

import importlib.metadata
import sys

import pytest
from click.testing import CliRunner

from vestibule.cli import main
from vestibule.foundation.keyring import Keyring


def said(*arguments: str) -> str:
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0
    return result.output


def test_it_lists_its_commands_and_tells_its_version() -> None:
    assert [name for name in ("run", "demo", "keys") if name in said("--help")] == [
        "run",
        "demo",
        "keys",
    ]
    assert said("--version") == f"vestibule {importlib.metadata.version('vestibule')}\n"


@pytest.mark.requirement("CFG-1")
def test_a_new_key_is_a_good_one_and_never_the_same() -> None:
    first, second = said("keys", "new").strip(), said("keys", "new").strip()
    assert len(Keyring([first, second]).ids) == 2


def test_without_the_site_extra_a_host_can_still_make_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vestibule.cli.run", None)
    assert "pip install 'vestibule[site]'" in said("--help")
    result = CliRunner().invoke(main, ["run", "--port", "8000"])
    assert result.exit_code == 1
    assert "pip install 'vestibule[site]'" in result.output
    assert said("keys", "new")


def test_an_unknown_command_is_named() -> None:
    result = CliRunner().invoke(main, ["fly"])
    assert result.exit_code == 2
    assert "No such command 'fly'" in result.output
