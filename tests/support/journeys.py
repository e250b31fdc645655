"""Fixtures of the journeys: a site, a browser, and visitors who look at their pages closely."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request

from tests.support.browser import chromium
from tests.support.running_site import RunningSite

NARROW, WIDE = 360, 1280  # CSS pixels
Scheme = Literal["light", "dark"]
Visitor = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all journeys; each visitor has a context (cookies, storage) of its own."""
    with chromium() as started:
        yield started


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    """One site for all journeys; people tell themselves apart by their names.

    One address may register ten accounts an hour, and the browser has one address: only stories
    that are about registering do it there, the others begin with ``site.member()``.
    """
    folder: Path = tmp_path_factory.mktemp("journeys")
    with RunningSite(folder / "instance") as running:
        yield running


@pytest.fixture
def visitor(browser: Browser, site: RunningSite) -> Iterator[Visitor]:
    """``visitor(width=360, scheme="dark", scripts=False)`` opens an empty page of a new visitor.

    Afterwards nothing may stand in a visitor's console, no broken policy (CSP) and no script's
    error, and nothing may have been asked of another host.
    """
    contexts = []
    complaints: list[str] = []

    def arrive(
        *,
        width: int = WIDE,
        scheme: Scheme = "light",
        scripts: bool = True,
        any_certificate: bool = False,
    ) -> Page:
        context = browser.new_context(
            base_url=site.url,
            viewport={"width": width, "height": 800},
            color_scheme=scheme,
            java_script_enabled=scripts,
            accept_downloads=True,
            ignore_https_errors=any_certificate,
        )
        contexts.append(context)
        listen(context, site.url, complaints)
        return context.new_page()

    yield arrive
    for context in contexts:
        context.close()
    assert complaints == []


def listen(context: BrowserContext, origin: str, complaints: list[str]) -> None:
    """Collects what no page of ours may do, in all tabs of the context."""

    def hear(said: ConsoleMessage) -> None:
        # Chromium calls every answer of 400 and above an error; here those are pages like others.
        if said.type in ("error", "warning") and not said.text.startswith("Failed to load"):
            complaints.append(f"{said.location['url']}: {said.text}")

    def look(request: Request) -> None:
        if request.url.startswith("http") and not request.url.startswith(f"{origin}/"):
            complaints.append(f"a request to another host: {request.url}")

    context.on("console", hear)
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    context.on("request", look)
