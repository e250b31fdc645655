"""The pages of the docs as a program reads them: code blocks, tables, headings, links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from docs import generate

ROOT = generate.ROOT
PAGES = tuple(generate.pages())

_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\"")


@dataclass(frozen=True)
class Block:
    """One fenced block of code."""

    page: Path
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{name(self.page)}:{self.line}"

    def run(self, namespace: dict[str, object]) -> None:
        """As a part of a program; a traceback names the page and its line."""
        exec(compile("\n" * self.line + self.text, str(self.page), "exec"), namespace)  # noqa: S102


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def page(path: str) -> Path:
    return ROOT / path


def blocks(*languages: str, of: Path | None = None) -> list[Block]:
    """All blocks in these languages, of one page or of all."""
    return [
        Block(one, text.count("\n", 0, found.start()) + 1, found[1], found[2])
        for one in ([of] if of else PAGES)
        for text in [one.read_text()]
        for found in _BLOCK.finditer(text)
        if found[1] in languages
    ]


def prose(of: Path) -> str:
    """A page without its blocks of code."""
    return _BLOCK.sub("", of.read_text())


def links(of: Path) -> Iterator[str]:
    for found in _LINK.finditer(prose(of)):
        yield found[1] or found[2]


def anchors(of: Path) -> set[str]:
    """The ids that GitHub gives the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", prose(of), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}


def first_cells(of: Path) -> set[str]:
    """What stands in `code` at the beginning of the rows of a page's tables."""
    rows = re.findall(r"^\| ([^|]*) \|", prose(of), re.MULTILINE)
    return {word for row in rows for word in re.findall(r"`([^`]+)`", row)}
