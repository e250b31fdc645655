"""The page on your look names what there is."""

from __future__ import annotations

import re
from pathlib import Path

import jinja2
from jinja2 import meta, nodes

from scripts.texts import SOURCE
from tests.looks.your_look import ROWS, TEXT

TEMPLATES = SOURCE / "web" / "templates" / "vestibule"


def parsed(template: Path) -> nodes.Template:
    return jinja2.Environment(autoescape=True).parse(template.read_text(encoding="utf-8"))


def test_a_template_uses_only_what_the_table_says() -> None:
    everywhere = {"vestibule_text", "vestibule_texts", "vestibule_said", "url_for", "form"}
    for name, told in ROWS.items():
        tree = parsed(TEMPLATES / name)
        macros = {macro for one in tree.find_all(nodes.FromImport) for macro in one.names}
        used = meta.find_undeclared_variables(tree) - macros - everywhere - {"self"}
        assert used <= ROWS["base.html"] | told, name


def test_the_table_has_every_template_that_a_page_is() -> None:
    assert set(ROWS) == {one.name for one in TEMPLATES.glob("[a-z]*.html")}


def test_the_blocks_are_named() -> None:
    there = {
        block.name
        for template in TEMPLATES.glob("*.html")
        for block in parsed(template).find_all(nodes.Block)
    }
    sentence = re.search(r"^The blocks are .*?\n\n|^The blocks are .*?```", TEXT, re.M | re.S)
    assert sentence
    named = set(re.findall(r"`(vestibule_\w+)`", sentence[0]))
    assert named == there - {"title", "content"}
