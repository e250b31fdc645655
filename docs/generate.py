"""Writes what the pages say of the code: ``python -m docs.generate``.

A part stands between ``<!-- generated: name -->`` and ``<!-- end -->``; everything else on a page
is written by people. The tests fail while a part is not what this makes.
"""

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from docs import command_line, conformance, public_names, tables

ROOT = Path(__file__).parent.parent

PARTS: dict[str, Callable[[], str]] = {
    "commands": command_line.page,
    "reference": public_names.reference,
    "options": tables.options,
    "settings": tables.settings,
    "tries": tables.tries,
    "chances": tables.chances,
    "events": tables.events,
    "notices": tables.notices,
    "conformance": conformance.page,
}

_PART = re.compile(r"(<!-- generated: ([\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def pages() -> Iterator[Path]:
    """The pages of the docs, and the texts beside the code that people read first."""
    for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"):
        yield ROOT / name
    yield from sorted((ROOT / "docs").glob("*.md"))


def filled(text: str) -> str:
    """The text of a page with every part made anew."""
    return _PART.sub(lambda found: f"{found[1]}\n{PARTS[found[2]]()}\n{found[3]}", text)


def main() -> None:
    for page in pages():
        before = page.read_text()
        after = filled(before)
        if after != before:
            page.write_text(after)
            sys.stdout.write(f"{page.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
