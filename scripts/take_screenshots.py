#!/usr/bin/env python3
"""Takes the pictures of the README from a real site, with the .venv's Python."""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Page  # noqa: E402

from tests.support.browser import chromium  # noqa: E402
from tests.support.in_chromium import (  # noqa: E402
    code_field,
    presses,
    registers,
    scans_into_app,
    sees,
)
from tests.support.running_site import RunningSite  # noqa: E402

IMAGES = ROOT / "docs" / "images"
COLOURS = 64  # enough for these pages
LARGEST = 60_000  # bytes


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


def take(page: Page, name: str, *, width: int, height: int | None = None) -> None:
    """A picture of the page's upper part; without a height, of all that is filled."""
    page.set_viewport_size({"width": width, "height": height or 100})
    picture = Image.open(io.BytesIO(page.screenshot(full_page=height is None)))
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
