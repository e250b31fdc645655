"""Our pages inside a host's layout: for everybody, and neither's style sheet touches the other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.support.in_chromium import code_field, path, presses
from tests.support.journeys import NARROW, Visitor
from tests.support.running_host import PREFIX, RunningHost, Shape

# Of each element, what does not hang on how wide its neighbours are.
LOOKS = """selector => [...document.querySelectorAll(selector)].map(one => {
  const drawn = [one, ...one.querySelectorAll("*")].filter(each => !each.closest("svg"));
  const said = ["", "::before"].flatMap(part => drawn.map(each => {
    const style = getComputedStyle(each, part);
    return each.tagName + "." + each.className + part + ": " + NAMES.map(
      name => name + " " + style[name]).join(", ");
  }));
  return said;
}).flat()"""
NAMES = [
    *("display", "color", "backgroundColor", "fontFamily", "fontSize", "fontStyle", "fontWeight"),
    *("fontVariantCaps", "lineHeight", "letterSpacing", "textTransform", "textIndent", "textAlign"),
    *("textDecorationLine", "listStyleType", "borderTop", "borderBottom", "borderRadius", "float"),
    *("boxShadow", "boxSizing", "marginTop", "paddingTop", "paddingLeft", "content", "opacity"),
]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[RunningHost]:
    with RunningHost(Shape("in_a_layout"), tmp_path) as host:
        yield host


@pytest.mark.requirement("A11Y-6")
def test_a_page_in_a_layout(site: RunningHost, visitor: Visitor) -> None:
    ann, page = site.member(), visitor()
    page.goto("/login")
    page.get_by_label("User name").fill(ann.username)
    page.get_by_label("Password").fill(ann.password)
    presses(page, "Sign in")
    assert path(page).startswith(f"{PREFIX}/setup-2fa")
    keeps_to_itself(page)
    assert Axe().run(page).response["violations"] == []

    code_field(page).fill("12345")
    presses(page, "Continue")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.locator(".error")).to_be_visible()
    expect(page.locator(".key")).to_be_visible()
    keeps_to_itself(page)
    page.set_viewport_size({"width": NARROW, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW
    assert Axe().run(page).response["violations"] == []


def keeps_to_itself(page: Page) -> None:
    """Our part looks the same without the host's style sheet, and the host's without ours."""
    for of, sheet in ((".vestibule", "/styles.css"), ("header, footer", "/vestibule.css")):
        before = looks(page, of)
        assert len(before) > 10
        switch(page, sheet, off=True)
        assert looks(page, of) == before
        switch(page, sheet, off=False)


def looks(page: Page, of: str) -> list[str]:
    said: list[str] = page.evaluate(LOOKS.replace("NAMES", repr(NAMES)), of)
    return said


def switch(page: Page, sheet: str, *, off: bool) -> None:
    page.locator(f'link[rel="stylesheet"][href$="{sheet}"]').evaluate(
        f"one => {{ one.sheet.disabled = {str(off).lower()} }}"
    )
