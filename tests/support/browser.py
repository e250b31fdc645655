"""Where the Chromium of the journeys is. ``python -m tests.support.browser`` prints its path."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Playwright, sync_playwright

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

# The bar for addresses of each window has two lists of proposals, pages with processes of their own
# that nobody sees: two fifths of what a visitor costs. The others would ask somebody else or let a
# page come later; they stand here as Chromium heeds only the last such list, and the one before is
# Playwright's.
FEATURES_OFF = (
    *("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "AimEnabled", "LensOverlay", "MediaRouter"),
    *("HttpsUpgrades", "HttpsFirstBalancedModeAutoEnable", "PreconnectToSearch"),
    *("NetworkTimeServiceQuerying", "OptimizationHints", "PaintHolding"),
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose"),
)

# Chromium refuses its own sandbox as root, and containers give /dev/shm too little room. The rest
# keeps a browser that only ever speaks to this machine from asking others for updates.
ARGUMENTS = (
    f"--disable-features={','.join(FEATURES_OFF)}",
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
    "--password-store=basic",
)


def find_chromium(playwright: Playwright) -> str | None:
    """The path of a Chromium that starts: ``VESTIBULE_CHROMIUM``, the system's, or Playwright's."""
    named = os.environ.get("VESTIBULE_CHROMIUM")
    if named:
        return named if _starts(named) else None
    on_the_path = [found for name in PROGRAMS if (found := shutil.which(name))]
    for candidate in (*on_the_path, playwright.chromium.executable_path):
        if _starts(candidate):
            return candidate
    return None


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium; says what to do where there is none."""
    with sync_playwright() as playwright:
        path = find_chromium(playwright)
        if path is None:
            raise RuntimeError("No Chromium: run scripts/browser, or set VESTIBULE_CHROMIUM.")
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


def _starts(path: str) -> bool:
    """Whether the program runs at all: Ubuntu's ``chromium-browser`` may be a mere signpost."""
    if not Path(path).exists():
        return False
    try:
        said = subprocess.run([path, "--version"], capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return said.returncode == 0


def main() -> int:
    with sync_playwright() as playwright:
        path = find_chromium(playwright)
    if path is None:
        return 1
    sys.stdout.write(path + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
