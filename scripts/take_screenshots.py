#!/usr/bin/env python3
"""Takes the pictures of the README and the docs from real sites, with the .venv's Python."""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Browser, Page  # noqa: E402

from tests.support.browser import chromium  # noqa: E402
from tests.support.in_chromium import (  # noqa: E402
    code_field,
    presses,
    registers,
    scans_into_app,
    sees,
)
from tests.support.running_host import RunningHost, Shape  # noqa: E402
from tests.support.running_site import RunningSite  # noqa: E402

IMAGES = ROOT / "docs" / "images"
COLOURS = 64  # enough for these pages
LARGEST = 60_000  # bytes
MARK = "#c2185b"
GUTTER = 300  # CSS pixels beside the page, for the names of its parts


def main() -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        RunningSite(Path(folder) / "instance") as site,
        chromium() as browser,
    ):
        page = browser.new_page(base_url=site.url, device_scale_factor=2)
        person = site.person(username="ada")
        page.goto("/login")
        page.get_by_label("User name or email").fill(person.username)
        page.get_by_label("Password", exact=True).fill(person.password)
        take(page, "sign-in", width=480)

        registers(page, person)
        take(page, "set-up", width=560, height=840)
        scans_into_app(page, person)
        code_field(page).fill(person.fresh_code())
        presses(page, "Continue")
        page.get_by_label("I have saved these codes").check()
        presses(page, "Continue")
        sees(page, f"Welcome, {person.username}")
        take(page, "dashboard", width=560, height=840)
        with tempfile.TemporaryDirectory() as host_folder:
            take_in_a_layout(browser, Path(host_folder))


def take_in_a_layout(browser: Browser, folder: Path) -> None:
    """The set-up page inside a host's layout, each block with its name."""
    with RunningHost(Shape("in_a_layout"), folder) as host:
        ann = host.member()
        page = browser.new_page(base_url=host.url, device_scale_factor=2)
        page.set_viewport_size({"width": 600, "height": 100})
        page.goto("/login")
        page.get_by_label("User name").fill(ann.username)
        page.get_by_label("Password").fill(ann.password)
        presses(page, "Sign in")
        sees(page, "Set up an authenticator")
        page.locator("footer").scroll_into_view_if_needed()
        shown = Image.open(io.BytesIO(page.screenshot(full_page=True)))
        marked = Image.new("RGB", (shown.width + 2 * GUTTER, shown.height), "white")
        marked.paste(shown)
        for selector, first, last in (
            ("header", "layout.html", ""),
            (".vestibule", "block content", ""),
            (".vestibule .card h1", "block vestibule_heading", ""),
            (".vestibule .card h1 + p", "block vestibule_content", ".vestibule .card > form"),
            (".vestibule .below", "block vestibule_below", ""),
        ):
            mark(page, marked, selector, first, last)
        save(marked.reduce(2), "in-a-layout")


def mark(page: Page, picture: Image.Image, first: str, words: str, last: str) -> None:
    """A frame around the part of the page from one element to another, and its name beside it."""
    boxes = page.evaluate(
        "all => all.map(one => document.querySelector(one).getBoundingClientRect())"
        ".map(box => [box.left, box.top + scrollY, box.right, box.bottom + scrollY])",
        [first, last or first],
    )
    left, top = (max(2, 2 * min(box[side] for box in boxes) - 6) for side in (0, 1))
    right, bottom = (2 * max(box[side] for box in boxes) + 6 for side in (2, 3))
    beside = picture.width - 2 * GUTTER + 24
    draw = ImageDraw.Draw(picture)
    draw.rectangle((left, top, right, bottom), outline=MARK, width=4)
    draw.line((right, top + 26, beside - 8, top + 26), fill=MARK, width=4)
    draw.text((beside, top + 6), words, fill=MARK, font=ImageFont.load_default(size=34))


def take(page: Page, name: str, *, width: int, height: int | None = None) -> None:
    """A picture of the page's upper part; without a height, of all that is filled."""
    page.set_viewport_size({"width": width, "height": height or 100})
    save(Image.open(io.BytesIO(page.screenshot(full_page=height is None))), name)


def save(picture: Image.Image, name: str) -> None:
    small = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    path = IMAGES / f"{name}.png"
    small.save(path, optimize=True)
    size = path.stat().st_size
    shape = f"{picture.width} x {picture.height}, {size:,} bytes"
    sys.stdout.write(f"{path.relative_to(ROOT)}: {shape}\n")
    if size > LARGEST:
        raise SystemExit(f"{path} is larger than {LARGEST:,} bytes")


if __name__ == "__main__":
    main()
