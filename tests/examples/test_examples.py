"""Each example as its README has it run, by somebody who opens it in a browser without scripts."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.docs.reading import ROOT, blocks, links
from tests.examples.two_steps import enters_code, sets_up, signs_out
from tests.support.person import Person, form_with
from tests.support.served import runs, served

Copies = Callable[[str], Path]
EXAMPLES = ROOT / "examples"


def commands(example: str) -> list[str]:
    """The lines of the README's first block but for pip's; the last one serves."""
    first, *_ = blocks("sh", of=EXAMPLES / example / "README.md")
    return [line for line in first.text.splitlines() if not line.startswith("pip install ")]


@pytest.fixture
def copy_of(tmp_path: Path) -> Copies:
    def copy_of(example: str) -> Path:
        return Path(shutil.copytree(EXAMPLES / example, tmp_path / example))

    return copy_of


def test_the_quickstart_is_a_complete_site(copy_of: Copies) -> None:
    assert commands("quickstart") == ["flask run"]
    with served(copy_of("quickstart"), "flask", "run") as url:
        ada = Person(url)
        page = ada.opens("/members")
        assert page.url.path == "/login"
        page = sets_up(ada, ada.registers())
        assert page.url.path == "/dashboard"
        assert f"Hello, {ada.username}." in ada.opens("/members").text
        assert "Only you, and only now." in ada.opens("/safe").text
        signs_out(ada, page, "/logout")

        page = ada.opens("/members")
        page = ada.sends(
            page, form_with(page, "password"), username=ada.username, password=ada.password
        )
        assert enters_code(ada, page).url.path == "/members"


def test_the_quickstart_has_at_most_25_lines() -> None:
    assert len((EXAMPLES / "quickstart/app.py").read_text().splitlines()) <= 25
    assert {path.suffix for path in (EXAMPLES / "quickstart").iterdir()} == {".py", ".md"}


def test_the_quickstart_keeps_its_keys(copy_of: Copies) -> None:
    """Keys made anew at each start would shut out everybody who has an authenticator."""
    folder = copy_of("quickstart")
    keys = folder / "instance" / "keys.toml"
    runs("python -c 'import app'", folder)
    kept = keys.read_text()
    assert keys.stat().st_mode & 0o777 == 0o600
    runs("python -c 'import app'", folder)
    assert keys.read_text() == kept


def test_the_factorys_staff_must_and_its_customers_may(copy_of: Copies) -> None:
    folder = copy_of("factory")
    *before, last = commands("factory")
    assert last == "flask --app shop run"
    runs("\n".join(before), folder)
    with served(folder, *last.split()) as url:
        ada = Person(url)
        page = ada.fills_in("/register", username=ada.username, password=ada.password)
        assert page.url.path == "/account"
        assert "Set up a second step" in page.text
        assert ada.opens("/staff/orders").status_code == 403

        runs(f"flask --app shop auth hire {ada.username}", folder)
        page = ada.opens("/account")
        assert page.url.path == "/sign-in"
        page = ada.sends(
            page, form_with(page, "password"), username=ada.username, password=ada.password
        )
        assert page.url.path == "/two-factor/setup-2fa"
        assert '<a href="/">Shop</a>' in page.text
        page = sets_up(ada, page)
        assert "For the staff only." in ada.opens("/staff/orders").text
        signs_out(ada, page, "/sign-out")

        page = ada.fills_in("/sign-in", username=ada.username, password="not this one")
        assert page.status_code == 422
        page = ada.fills_in("/sign-in", username=ada.username, password=ada.password)
        assert "Your second step is on." in enters_code(ada, page).text


@pytest.mark.parametrize(
    "readme", sorted(EXAMPLES.glob("*/README.md")), ids=lambda it: it.parent.name
)
def test_links_of_an_example_lead_somewhere(readme: Path) -> None:
    for link in links(readme):
        assert re.match("https?:", link) or (readme.parent / link.partition("#")[0]).exists(), link
