"""The Tab key: what the docs tell a shell, and what it then offers."""

from __future__ import annotations

import os
import re
import subprocess

import pytest
from click.testing import CliRunner

from tests.docs.reading import page
from tests.support.running_site import PROGRAM
from vestibule.cli import main

SHELLS = ["bash", "zsh", "fish"]


def asked(instruction: str, words: str = "", number: int = 0) -> str:
    """As a shell asks."""
    environment = {"_VESTIBULE_COMPLETE": instruction, "COMP_WORDS": words}
    # Fish gives the word that is being typed, the others which one it is.
    fish = instruction.startswith("fish")
    environment["COMP_CWORD"] = words.split(" ")[number] if fish else str(number)
    return CliRunner().invoke(main, [], env=environment, prog_name="vestibule").output


@pytest.mark.parametrize("shell", SHELLS)
def test_the_docs_tell_each_shell_where_to_get_it(shell: str) -> None:
    text = page("docs/command-line.md").read_text()
    assert re.search(rf"^- {shell}, in .*_VESTIBULE_COMPLETE={shell}_source vestibule", text, re.M)
    if shell != "bash":  # which is asked its version first: the next test runs it
        assert f"_VESTIBULE_COMPLETE={shell}_complete" in asked(f"{shell}_source")


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("words", "number", "offered"),
    [
        ("vestibule pur", 1, ["purge"]),
        ("vestibule accounts ", 2, ["disable", "show", "unlock"]),
        ("vestibule accounts disable --re", 3, ["--reason"]),
        ("vestibule audit export --format ", 4, ["csv", "json"]),
    ],
)
def test_commands_options_and_choices_are_offered(
    shell: str, words: str, number: int, offered: list[str]
) -> None:
    told = re.split(r"[\n,\t]", asked(f"{shell}_complete", words, number))
    assert set(offered) <= set(told)


def test_bash_itself_completes() -> None:
    """With the very line of the docs."""
    text = page("docs/command-line.md").read_text()
    (line,) = re.findall(r"^- bash, in .*?: `(.*)`$", text, re.MULTILINE)
    typed = "COMP_WORDS=(vestibule accounts dis); COMP_CWORD=2; _vestibule_completion vestibule"
    path = f"{PROGRAM.parent}{os.pathsep}{os.environ['PATH']}"
    ended = subprocess.run(
        ["bash", "-c", f"{line}; {typed}; echo ${{COMPREPLY[@]}}"],
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stdout == "disable\n"
