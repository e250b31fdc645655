"""What a page holds for a program that reads it: its forms, its links, its text."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta"})
UNSEEN = frozenset({"script", "style", "template", "title"})


@dataclass
class PageForm:
    """A form as it stands in the page; ``fields`` holds what a browser would send untouched."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    offered: set[str] = field(default_factory=set)  # names, ticked or not


class Page(HTMLParser):
    """The parts of one page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[PageForm] = []
        self.links: list[str] = []
        self.texts: list[str] = []
        self._inside: PageForm | None = None
        self._path: list[str] = []
        self.feed(html)
        self.close()

    @property
    def text(self) -> str:
        """What a person reads, spaces between the parts."""
        return " ".join(self.texts)

    def form(self, *, action: str | None = None, with_field: str | None = None) -> PageForm:
        """The first form with the field or the action; else LookupError names all there are."""
        for form in self.forms:
            if with_field is not None and with_field not in form.offered:
                continue
            if action is None or form.action.split("?")[0].endswith(action):
                return form
        there = [(form.action, sorted(form.offered)) for form in self.forms]
        raise LookupError(
            f"no form with field {with_field!r}, action {action!r}; there are {there}; "
            f"the page reads: {self.text[:600]}"
        )

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag not in VOID:
            self._path.append(tag)
        if tag == "form":
            self._inside = PageForm(given.get("action", ""), given.get("method", "get").lower())
            self.forms.append(self._inside)
        elif tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag in ("input", "select", "textarea") and self._inside is not None:
            self._add_field(self._inside, given)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = None
        while tag in self._path and self._path.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if data.strip() and not UNSEEN.intersection(self._path):
            self.texts.append(" ".join(data.split()))

    def _add_field(self, form: PageForm, given: dict[str, Any]) -> None:
        name = given.get("name")
        kind = given.get("type", "text")
        if not name or kind in ("submit", "button"):
            return
        form.offered.add(name)
        if kind in ("checkbox", "radio") and "checked" not in given:
            return
        form.fields[name] = given.get("value", "")
