"""What people call their browsers, made from how those name themselves."""

import re

LONGEST_NAME = 60

# The first that fits: Edge and Opera call themselves Chrome too, and Chrome Safari.
_BROWSERS = (
    ("Firefox", r"Firefox/|FxiOS/"),
    ("Edge", r"Edg(e|A|iOS)?/"),
    ("Opera", r"OPR/|Opera"),
    ("Samsung Internet", r"SamsungBrowser/"),
    ("Chrome", r"Chrome/|CriOS/"),
    ("Safari", r"Safari/"),
)
_SYSTEMS = (
    ("iPhone", r"iPhone"),
    ("iPad", r"iPad"),
    ("Android", r"Android"),
    ("Windows", r"Windows"),
    ("ChromeOS", r"CrOS"),
    ("macOS", r"Mac OS X|Macintosh"),
    ("Linux", r"Linux|X11"),
)


def name_of(user_agent: str) -> str:
    """Such as "Firefox on Windows"; "A browser" where nothing is recognised."""
    browser = _first(_BROWSERS, user_agent) or "A browser"
    system = _first(_SYSTEMS, user_agent)
    return f"{browser} on {system}" if system else browser


def tidied(text: str) -> str:
    """A name as it is kept; empty where nothing is left that can be shown."""
    shown = "".join(one for one in text[: 4 * LONGEST_NAME] if one.isprintable())
    return " ".join(shown.split())[:LONGEST_NAME]


def _first(names: tuple[tuple[str, str], ...], user_agent: str) -> str | None:
    return next((name for name, pattern in names if re.search(pattern, user_agent)), None)
