"""No page, mail or file says a word that is not in the catalogue."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import jinja2
import pytest
from jinja2 import nodes

from scripts.texts import SOURCE
from tests.looks.every_mail import every_mail, told_by_mail
from tests.looks.every_page import OF_THE_EXTENSION
from tests.looks.every_page_of_administration import administering
from tests.looks.every_page_of_recovery import recovering
from tests.looks.every_page_of_the_site import of_the_site
from tests.looks.marked import Marked, Outside
from tests.ready_site.conftest import MakeSite
from tests.stories import HostMaker
from vestibule.notices import letters
from vestibule.recovery import letters as letters_of_recovery
from vestibule.web import language

TEMPLATES = sorted(SOURCE.glob("**/templates/**/*.html"))
ADDRESSES = {"ann@example.org", "ben@example.org", "ann@new.example", "ann@second.example"} | {
    *("annabelle@example.org", "a…@example.org"),
}
NAMES = {"Host", "Vestibule", "Firefox", "Linux", "ann", "ben", "Ann", "annabelle"} | ADDRESSES
NO_WORD = re.compile(
    r"http://localhost/?([a-z/-]+\?token=[\w-]+)?"
    r"|[0-9A-Z]{4}(-[0-9A-Z]{4}){3}"  # a backup code
    r"|[A-Z2-7]{4}"  # a part of a key
    r"|[0-9a-f]{8,32}"  # the number of a request
)
DAY = re.compile(r"\d+ [A-Z][a-z]+ \d{4}(, \d\d:\d\d UTC)?")
OF_ATTRIBUTES = {"autofocus", "checked", "narrow", "roomy", "wide", "seconds", "clock"}

WHAT_TO_DO = "put it into vestibule_text() in a template or Text() in Python, then run `make texts`"


def name_of(template: Path) -> str:
    return str(template).partition("templates/")[2]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The templates that pages were made of, whichever included them."""
    names: set[str] = set()
    load = jinja2.Environment._load_template

    def heard(self: jinja2.Environment, name: str, *rest: object) -> jinja2.Template:
        names.add(name)
        return load(self, name, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(jinja2.Environment, "_load_template", heard)
    return names


def called(html: str) -> str:
    """The heading of a page; the first line of what is none."""
    heading = re.search(r"<h1>(.*?)</h1>", html, re.DOTALL)
    return heading[1] if heading else html.partition("\n")[0]


def outside(html: str) -> set[str]:
    """What a page says that is neither a text of the catalogue, nor a name or number of today."""
    if html.startswith('<!doctype html><html lang="en"><title>'):
        return set()  # a page of the host's own
    said = {word.strip(",") for word in Outside(DAY.sub("", html)).said} - NAMES
    return {word for word in said if not NO_WORD.fullmatch(word)}


def test_pages_say_only_what_is_in_the_catalogue(
    opened: set[str],
    make: HostMaker,
    make_site: MakeSite,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in (language, letters, letters_of_recovery):
        monkeypatch.setattr(module, "translations", lambda _: Marked())
    stories: list[Callable[[], Iterator[str]]] = [
        *(
            lambda story=story: story(make)
            for story in (*OF_THE_EXTENSION, recovering, administering, told_by_mail, every_mail)
        ),  # type: ignore[misc]
        lambda: of_the_site(make_site(policy="optional", change_names=True)),
    ]
    for story in stories:
        for html in story():
            words = outside(html)
            assert not words, f"{words} in {called(html)!r}: {WHAT_TO_DO}"
    missing = {name_of(template) for template in TEMPLATES} - opened
    assert not missing, f"open these in tests/looks/every_page.py: {missing}"


@pytest.mark.parametrize("template", TEMPLATES, ids=name_of)
def test_a_template_says_nothing_itself(template: Path) -> None:
    """Also what stands behind an `if` that no test comes to."""
    tree = jinja2.Environment(autoescape=True).parse(template.read_text(encoding="utf-8"))
    parts = []
    for output in tree.find_all(nodes.Output):
        for node in output.nodes:
            if isinstance(node, nodes.TemplateData):
                parts.append(node.data)
            elif isinstance(node, (nodes.Const, nodes.CondExpr)):
                constants = [node] if isinstance(node, nodes.Const) else [node.expr1, node.expr2]
                parts += [str(one.value) for one in constants if isinstance(one, nodes.Const)]
    said = set(Outside("".join(parts)).said) - OF_ATTRIBUTES
    words = {word for word in said if '="' not in word and not word.endswith('"')}
    assert not words, f"{name_of(template)} says {words}: {WHAT_TO_DO}"
