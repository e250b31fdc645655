"""Commands, settings and sentences that the pages name: they are those of the code."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import click
import pytest

from tests.docs.reading import PAGES, ROOT, Block, blocks, name, page, prose
from vestibule.cli import main
from vestibule.cli.flask_group import group
from vestibule.ready_site.options import Options
from vestibule.settings import Settings

OF_THE_TESTS = {"VESTIBULE_REQUIRE_ALL", "VESTIBULE_CHROMIUM"}
KEYS = {"VESTIBULE_SECRET_KEY", "VESTIBULE_SECRET_KEY_FALLBACKS"}
OF_THE_COMMANDS = {"VESTIBULE_PURGE_DATABASE", "VESTIBULE_COMPLETE"}
KNOWN = (
    {f"VESTIBULE_{one.name.upper()}" for cls in (Options, Settings) for one in fields(cls)}
    | KEYS
    | OF_THE_TESTS
    | OF_THE_COMMANDS
)
RUN_ELSEWHERE = "docs/quickstart.md"  # word by word: tests/examples/test_newcomer.py
IN_THE_BACKUP_TEST = {"cp", "install", "sqlite3", "pg_dump", "pg_restore", "psql"}
"""tests/system/test_backup.py runs these lines."""
LINES = [
    (block, line)
    for block in blocks("sh", "shell", "bash", "console")
    if name(block.page) != RUN_ELSEWHERE
    for line in block.text.splitlines()
]


def test_shell_code_is_always_called_sh() -> None:
    assert {block.language for block, _ in LINES} == {"sh"}
    unnamed = [str(one) for one in blocks("") if re.search(r"^(make|vestibule) ", one.text, re.M)]
    assert not unnamed


@pytest.mark.parametrize(("block", "line"), LINES, ids=str)
def test_a_command_of_the_pages_exists(
    block: Block, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for file in re.findall(r"[\w-]+\.(?:csv|jsonl?)\b", line):
        Path(file).touch()  # those that are read must be there
    words = [word for word in shlex.split(line) if not re.match(r"[A-Z_]+=", word)]
    assert words, f"{block} has a line without a command"
    match words[0].removeprefix(".venv/bin/"):
        case "vestibule":
            understands(main, words[1:])
        case "flask":
            assert words[1] == "vestibule"
            understands(group, words[2:])
        case "make":
            assert words[1] in targets()
        case "gunicorn":
            assert words[-1] == "vestibule.ready_site.wsgi:app"
            assert (ROOT / "src/vestibule/ready_site/wsgi.py").exists()
        case other:
            known = other == "pip" or other in IN_THE_BACKUP_TEST
            assert known, f"{block}: nothing here tells whether {line} works"


def test_the_pages_name_no_setting_that_does_not_exist() -> None:
    named = {
        (name(one), word)
        for one in PAGES
        for word in re.findall(r"VESTIBULE_[A-Z_]*[A-Z]", one.read_text())
    }
    assert {(where, word) for where, word in named if word not in KNOWN} == set()


def test_make_targets_in_the_prose_exist() -> None:
    named = {word for one in PAGES for word in re.findall(r"`make ([a-z-]+)", prose(one))}
    assert named <= targets()
    assert {"run", "test", "bench"} <= named


def test_every_option_of_the_command_line_is_in_its_page() -> None:
    text = page("docs/run-it.md").read_text()
    for command in ("run", "demo"):
        for option in command_named(command).params:
            assert any(f"{one}" in text for one in option.opts), option.opts


def test_refusals_are_quoted_as_they_are_said() -> None:
    """Between the dots of each quotation stands literal text of one sentence of the code."""
    said = list(sentences(ROOT / "src/vestibule"))
    table = page("docs/run-it.md").read_text().partition("## When it refuses to start")[2]
    quoted = re.findall(r'^\| "([^"]+)" \|', table, re.MULTILINE)
    assert len(quoted) > 10
    for one in quoted:
        pattern = re.compile(".*".join(re.escape(part.strip()) for part in one.split("…")))
        assert any(pattern.search(sentence) for sentence in said), one


def understands(command: click.Command, words: list[str]) -> None:
    """Parses the words as the command line would, without running anything."""
    if isinstance(command, click.Group):
        assert words, f"{command.name} alone does nothing"
        understands(command_named(words[0], of=command), words[1:])
    else:
        command.make_context(command.name, list(words)).close()


def command_named(word: str, of: click.Group = main) -> click.Command:
    found = of.get_command(click.Context(of), word)
    assert found, f"there is no command {word}"
    return found


def targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def sentences(folder: Path) -> Iterator[str]:
    """All texts in the code; what an f-string fills in is a dot."""
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value
            elif isinstance(node, ast.JoinedStr):
                yield "".join(
                    str(part.value) if isinstance(part, ast.Constant) else "…"
                    for part in node.values
                )
