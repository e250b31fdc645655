"""A layout whose style sheet speaks to every element there is: our pages stay what they are."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route

from tests.looks.layouts import with_templates
from tests.stories import HostMaker, settled
from tests.support.visitor import Visitor

SITE = "http://localhost/"
STATIC = Path(__file__).parents[2] / "src/vestibule/web/static"
DARK = "body { color: #dee2e6; background: #212529; color-scheme: dark; }"
LOUD = """
*, *::before, *::after { box-sizing: border-box; }
h1, h2, p { margin: 0 0 3rem; line-height: 2; color: #d63384; text-transform: uppercase; }
ul, ol { padding-left: 4rem; margin-bottom: 3rem; }
ul li, ol li { list-style: square; margin: 9px; }
dl, dd, dt { margin: 2rem; font-weight: 700; color: #333; }
a { color: #0d6efd; } code, strong, time { color: red; background: #eee; font-style: italic; }
form, details { border: 9px dashed red; padding: 10px; margin-bottom: 20px; background: #333; }
label { margin-bottom: 2rem; color: purple; font-style: italic; }
input, button { margin: 6px; border: 4px outset; color: #000; background: orange; height: 30px; }
input[type=text] { border: 3px dotted; padding: 1px; max-width: 90px; background: #ffe; }
button { letter-spacing: 2px; text-transform: uppercase; box-shadow: 3px 3px 0 #000; }
summary { display: list-item; border: 1px solid; padding: 20px; color: green; }
"""
LAYOUT = """<!doctype html><html lang="en"><title>{% block title %}{% endblock %}</title>
<link rel="stylesheet" href="/layout.css"><main>{% block content %}{% endblock %}</main></html>"""
LOOK = """() => [...document.querySelectorAll(".vestibule *")].map(one => {
  const at = getComputedStyle(one);
  return [one.tagName, one.className, at.color, at.backgroundColor, at.margin, at.padding,
    at.border, at.boxShadow, at.fontStyle, at.fontWeight, at.fontSize, at.lineHeight,
    at.letterSpacing, at.textTransform, at.listStyle, at.display, at.width, at.height].join(" ");
})"""


@pytest.fixture
def pages(make: HostMaker) -> dict[str, str]:
    host = with_templates(make(VESTIBULE_BASE_TEMPLATE="layout.html"), layout=LAYOUT)
    ann = Visitor.new(host, "ann")
    ann.enters_password()
    ben = settled(host, "ben")
    ben.enters_password()
    kim = settled(host, "kim")
    kim.signs_in()
    return {
        "set-up": ann.fills_in("/setup-2fa", totp_code="1").html,
        "second step": ben.enters_code("1").html,
        "backup code": ben.opens("/verify-2fa/backup-code").html,
        "codes": kim.makes_new_backup_codes().html,
        "error": kim.opens("/no-such-page").html,
    }


SHEETS = {f"vestibule/{file.name}": file.read_text() for file in STATIC.glob("*.css")}


def shown(page: Page, html: str, layout: str, sheets: dict[str, str] = SHEETS) -> None:
    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(SITE)
        told = (sheets | {"": html, "layout.css": layout}).get(path, "")
        kind = "text/css" if path.endswith(".css") else "text/html"
        route.fulfill(body=told, content_type=f"{kind}; charset=utf-8")

    page.unroute_all()
    page.route("**/*", answer)
    page.goto(SITE)


def test_rules_for_bare_elements_change_nothing(browser: Browser, pages: dict[str, str]) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 800})
    for name, html in pages.items():
        shown(page, html, DARK)
        quiet = page.evaluate(LOOK)
        shown(page, html, DARK + LOUD)
        loud = page.evaluate(LOOK)
        assert len(quiet) >= 5
        changed = [pair for pair in zip(quiet, loud, strict=True) if pair[0] != pair[1]]
        assert not changed, (name, changed[-1], changed[0])
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_without_light_dark_a_page_stays_readable(browser: Browser, pages: dict[str, str]) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 800})
    css = "".join(SHEETS.values())
    assert css.count("@supports") == css.count("light-dark(#000, #fff)") == 2
    old = {
        name: sheet.replace("light-dark(#000, #fff)", "unknown(#000, #fff)")
        for name, sheet in SHEETS.items()
    }
    for html in pages.values():
        shown(page, html, DARK, old)
        found = Axe().run(page, options={"runOnly": ["color-contrast"]})
        assert found.response["violations"] == []
