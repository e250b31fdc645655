"""Fixtures of the journeys: a site, a browser, and visitors who look at their pages closely."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page

from tests.support.browser import chromium
from tests.support.running_site import RunningSite

NARROW, WIDE = 360, 1280  # CSS pixels
Visitor = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all journeys; each visitor has a context (cookies, storage) of its own."""
    with chromium() as started:
        yield started


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    """One site for all journeys; people tell themselves apart by their names."""
    folder: Path = tmp_path_factory.mktemp("journeys")
    with RunningSite(folder / "instance") as running:
        yield running


@pytest.fixture
def visitor(browser: Browser, site: RunningSite) -> Iterator[Visitor]:
    """``visitor(width=360, scheme="dark", scripts=False)`` opens an empty page of a new visitor.

    Afterwards nothing may stand in a visitor's console: no broken policy (CSP), no script's error.
    """
    contexts = []
    complaints: list[str] = []

    def arrive(
        *, width: int = WIDE, scheme: Literal["light", "dark"] = "light", scripts: bool = True
    ) -> Page:
        context = browser.new_context(
            base_url=site.url,
            viewport={"width": width, "height": 800},
            color_scheme=scheme,
            java_script_enabled=scripts,
            accept_downloads=True,
        )
        contexts.append(context)
        page = context.new_page()
        _listen(page, complaints)
        return page

    yield arrive
    for context in contexts:
        context.close()
    assert complaints == []


def _listen(page: Page, complaints: list[str]) -> None:
    def hear(said: ConsoleMessage) -> None:
        # Chromium calls every answer of 400 and above an error; here those are pages like others.
        if said.type in ("error", "warning") and not said.text.startswith("Failed to load"):
            complaints.append(f"{page.url}: {said.text}")

    page.on("console", hear)
    page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
