"""The conformance page: which test shows which requirement."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from docs.tables import table

ROOT = Path(__file__).parent.parent
REQUIREMENTS = Path(__file__).parent / "requirements.txt"


@dataclass(frozen=True)
class Requirement:
    id: str
    source: str
    text: str


@dataclass(frozen=True, order=True)
class Shown:
    """A test that shows a requirement."""

    path: str
    name: str

    def __str__(self) -> str:
        words = self.name.removeprefix("test_").replace("_", " ")
        return f"[{words}](../{self.path})"


def sections() -> dict[str, list[Requirement]]:
    """Title: requirements."""
    found: dict[str, list[Requirement]] = {}
    rows: list[Requirement] = []
    for line in REQUIREMENTS.read_text().splitlines():
        if line.startswith("## "):
            rows = found[line.removeprefix("## ")] = []
        elif " | " in line and not line.startswith("# "):
            rows.append(Requirement(*line.split(" | ")))
    return found


def marks() -> dict[str, list[Shown]]:
    """Requirement id: the tests that carry its mark, read without running or importing them."""
    found: dict[str, list[Shown]] = defaultdict(list)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        text = path.read_text()
        if "requirement(" in text:
            for identity, name in _marks_of(ast.parse(text)):
                found[identity].append(Shown(path.relative_to(ROOT).as_posix(), name))
    return {identity: sorted(set(tests)) for identity, tests in found.items()}


def page() -> str:
    """A table for each section of which something is shown; one line for each of the others."""
    shown = marks()
    parts, absent = [], []
    for title, rows in sections().items():
        if not any(row.id in shown for row in rows):
            absent.append(f"- {title}: {rows[0].id} to {rows[-1].id}")
            continue
        parts.append(f"## {title}\n\n{_section(rows, shown)}")
    if absent:
        parts.append("## Nothing shown yet\n\n" + "\n".join(absent) + "\n")
    return "\n".join(parts)


def _section(rows: list[Requirement], shown: Mapping[str, list[Shown]]) -> str:
    return table(
        ("id", "source", "asks for", "shown by"),
        [
            (row.id, row.source, row.text, "<br>".join(map(str, shown.get(row.id, ()))) or "–")
            for row in rows
        ],
    )


def _marks_of(module: ast.Module) -> Iterator[tuple[str, str]]:
    """Pairs of requirement id and test; a mark of the whole file counts for each of its tests."""
    tests = [
        one
        for one in module.body
        if isinstance(one, ast.FunctionDef) and one.name.startswith("test_")
    ]
    of_the_file = [
        identity
        for one in module.body
        if isinstance(one, ast.Assign) and ast.unparse(one.targets[0]) == "pytestmark"
        for identity in _ids(one.value)
    ]
    for test in tests:
        for identity in (*of_the_file, *(i for one in test.decorator_list for i in _ids(one))):
            yield identity, test.name


def _ids(expression: ast.expr) -> Iterator[str]:
    for call in ast.walk(expression):
        if isinstance(call, ast.Call) and re.fullmatch(
            r"pytest\.mark\.requirement", ast.unparse(call.func)
        ):
            for argument in call.args:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield argument.value
