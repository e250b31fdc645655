"""Somebody new, in an empty folder, does what the quickstart says, word by word."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.reading import ROOT, blocks, page
from tests.examples.two_steps import signs_in_and_out
from tests.support.person import Person
from tests.support.served import runs, served

QUICKSTART = "docs/quickstart.md"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Empty, but for the clone of Vestibule that the page asks for."""
    (tmp_path / "vestibule").symlink_to(ROOT)
    return tmp_path


@pytest.fixture
def shop(folder: Path) -> Iterator[str]:
    """The address of the application after every command of the page."""
    lines = "\n".join(block.text for block in blocks("sh", of=page(QUICKSTART))).splitlines()
    installs = [line for line in lines if line.startswith("pip install ./vestibule")]
    assert installs, "tests/system/test_wheel.py shows what pip does; the page must say it"
    assert lines[-1] == "flask run"
    # The doctor finds nothing wrong, but is not silent: the page says so.
    said = runs("\n".join(line for line in lines[:-1] if line not in installs), folder)
    assert "The tables fit this version." in said
    assert "Nothing is wrong." in said
    assert said.count("Never seen") == 4
    with served(folder / "shop", "flask", "run") as url:
        yield url


def test_two_lines_add_the_second_step(shop: str) -> None:
    signs_in_and_out(Person(shop))


def test_the_difference_is_two_lines() -> None:
    text = (ROOT / "examples/existing_app/two-lines.diff").read_text()
    changed = [
        line
        for line in text.splitlines()
        if line[:1] in ("+", "-") and line[:3] not in ("+++", "---")
    ]
    assert changed == ["+from vestibule import Vestibule", "+Vestibule(app, db)"]
    before = [path.read_text() for path in (ROOT / "examples/existing_app").glob("**/*.py")]
    assert len(before) == 3
    assert not any("vestibule" in one.lower() for one in before)


def test_without_the_two_lines_the_password_is_enough(folder: Path) -> None:
    """Else the story above would show nothing."""
    runs("cp -r vestibule/examples/existing_app shop", folder)
    with served(folder / "shop", "flask", "run", FLASK_SECRET_KEY="of this test") as url:
        ann = Person(url)
        ann.fills_in("/register", username=ann.username, password=ann.password)
        assert ann.enters_password().url.path == "/dashboard"
        assert ann.is_signed_in()
