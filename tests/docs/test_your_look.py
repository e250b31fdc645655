"""The page about looks names the templates, their variables and their blocks as they are."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from pathlib import Path

from tests.docs.reading import ROOT, page
from tests.stories import HostMaker
from vestibule.web.pages import variables

PAGE = page("docs/your-look.md")
SOURCE = ROOT / "src" / "vestibule"
TEMPLATES = SOURCE / "web" / "templates" / "vestibule"
_ROW = re.compile(r"^\| `(\w+\.html)` \| (.*) \|$", re.MULTILINE)


def test_the_table_has_every_template_with_its_variables(make: HostMaker) -> None:
    told = {name: set(_words(cell)) for name, cell in _ROW.findall(PAGE.read_text())}
    with make().app.test_request_context():
        assert told.pop("base.html") == set(variables())
    assert set(told) == {one.name for one in _pages()} - {"base.html"}
    assert told == passed()


def test_the_page_has_every_block() -> None:
    there = {
        block
        for template in TEMPLATES.glob("*.html")
        for block in re.findall(r"{%-? block (\w+)", template.read_text())
    }
    told = {one for one in _words(PAGE.read_text()) if one.startswith("vestibule_")}
    assert there == {"title", "content"} | (told & there)


def _pages() -> list[Path]:
    return [one for one in TEMPLATES.glob("*.html") if not one.name.startswith("_")]


def _words(text: str) -> list[str]:
    return re.findall(r"`(\w+)`", text)


def passed() -> dict[str, set[str]]:
    """What the views give to each template: the keywords of ``page("name.html", …)``."""
    trees = [ast.parse(path.read_text()) for path in SOURCE.rglob("*.py")]
    given: dict[str, set[str]] = {
        node.name: {key.value for key in returned.keys if isinstance(key, ast.Constant)}
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        for line in node.body
        if isinstance(line, ast.Return) and isinstance(returned := line.value, ast.Dict)
    }
    found = defaultdict(set)
    for tree in trees:
        for call in ast.walk(tree):
            match call:
                case ast.Call(func=ast.Name(id="page"), args=[ast.Constant(value=template), *_]):
                    for keyword in call.keywords:
                        if keyword.arg:
                            found[template].add(keyword.arg)
                        elif isinstance(keyword.value, ast.Call):
                            found[template] |= given[keyword.value.func.id]  # type: ignore[attr-defined]
    return dict(found)
