"""What holds for every command of both groups: examples, docs, ``--json``, words that help."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from tests.docs.reading import ROOT, page
from vestibule.cli import main
from vestibule.cli.flask_group import group
from vestibule.cli.helping import examples_of

ACTS = {
    "init", "run", "demo", "export",
    "db upgrade", "db check",
    "accounts create-admin", "accounts enrolment-link", "enrolment-link",
    "accounts disable", "accounts enable", "accounts unlock", "accounts sign-out",
    "accounts reset-second-step", "accounts stop-recovery",
    "keys new", "keys add", "keys rotate", "keys retire",
    "audit seal", "audit purge", "audit grants", "audit export", "audit export-seals",
}  # fmt: skip
"""They do something and say in a sentence that it is done, or write a file for programs anyway.
Every other command lists or reports."""


def leaves(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    if not isinstance(command, click.Group):
        yield name, command
        return
    for word in command.list_commands(click.Context(command)):
        found = command.get_command(click.Context(command), word)
        assert found
        yield from leaves(f"{name} {word}", found)


COMMANDS = [*leaves("vestibule", main), *leaves("flask vestibule", group)]


@pytest.fixture(params=COMMANDS, ids=[name for name, _ in COMMANDS])
def named(request: pytest.FixtureRequest) -> tuple[str, click.Command]:
    found: tuple[str, click.Command] = request.param
    return found


def test_its_help_has_examples_that_can_be_typed(named: tuple[str, click.Command]) -> None:
    name, command = named
    program = "flask vestibule" if name.startswith("flask") else "vestibule"
    words = name.removeprefix(f"{program} ").split()
    root = group if program != "vestibule" else main
    said = CliRunner().invoke(root, [*words, "--help"], prog_name=program)
    assert said.exit_code == 0
    assert examples_of(command), f"{name} has no example"
    for line in examples_of(command):
        assert f"\n  {name} {line}".rstrip() in said.output
    assert len(said.output.splitlines()[2].strip()) > 10


def test_it_stands_in_the_docs(named: tuple[str, click.Command]) -> None:
    assert re.search(
        rf"^## `{named[0]}[ `]", page("docs/command-line.md").read_text(), re.MULTILINE
    )


def test_what_lists_or_reports_does_so_for_programs_too(named: tuple[str, click.Command]) -> None:
    name, command = named
    has_json = any("--json" in one.opts for one in command.params)
    does = name.removeprefix("flask ").removeprefix("vestibule ") in ACTS
    assert has_json or does, f"{name} needs --json"
    assert not (has_json and does), f"{name} has --json: it is none of ACTS"


def test_a_word_too_much_or_wrong_ends_with_2_and_leads_to_the_help(
    named: tuple[str, click.Command],
) -> None:
    name, _ = named
    program = "flask vestibule" if name.startswith("flask") else "vestibule"
    words = shlex.split(name.removeprefix(f"{program} "))
    root = group if program != "vestibule" else main
    said = CliRunner().invoke(root, [*words, "--no-such-option"], prog_name=program)
    assert said.exit_code == 2
    assert f"Try '{name}" in said.output


REFUSALS = {"ClickException", "StartRefused", "NotReadable", "_refuse"}


def test_what_refuses_says_what_to_do() -> None:
    """At least: each sentence goes on after what is wrong."""
    short = []
    folders = ("cli", "ready_site", "moving")
    for path in (one for each in folders for one in (ROOT / "src/vestibule" / each).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Call) and node.args):
                continue
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            sentence = literal(node.args[0]) if called in REFUSALS else None
            if sentence and not re.search(r"[.:;] \S", sentence):
                short.append(f"{path.name}: {sentence}")
    assert short == []


def literal(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if not isinstance(node, ast.JoinedStr):
        return None
    return "".join(
        str(part.value) if isinstance(part, ast.Constant) else "X" for part in node.values
    )
