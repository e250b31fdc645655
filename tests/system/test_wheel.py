"""The wheel, alone in an empty environment, is all that somebody needs."""

from __future__ import annotations

import shutil
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.docs.reading import ROOT, blocks, page
from tests.examples.two_steps import sets_up, signs_in_and_out
from tests.support.fresh_environment import FreshEnvironment
from tests.support.person import Person
from tests.support.served import runs, served

pytestmark = pytest.mark.system

SOURCE = ROOT / "src"
CATALOGUES = ("locales/messages.pot", "locales/vi/LC_MESSAGES/messages.mo")


@pytest.fixture
def empty(tmp_path: Path) -> FreshEnvironment:
    return FreshEnvironment(tmp_path / "venv")


def test_the_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    kept = {
        path.relative_to(SOURCE).as_posix()
        for path in (SOURCE / "vestibule").rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    with ZipFile(wheel) as archive:
        packed = set(archive.namelist())
        (entries,) = (name for name in packed if name.endswith("entry_points.txt"))
        points = archive.read(entries).decode()
    assert kept <= packed
    assert {Path(name).parts[0] for name in packed} - {"vestibule"} == {Path(entries).parts[0]}
    for needed in (
        "py.typed",
        "web/static/vestibule.css",
        "ready_site/static/front.css",
        "migrations/env.py",
        *CATALOGUES,
    ):
        assert f"vestibule/{needed}" in packed
    for group in ("console_scripts", "flask.commands", "pytest11"):
        assert f"[{group}]" in points


def test_the_quickstart_example_runs_from_the_wheel(
    wheel: Path, empty: FreshEnvironment, tmp_path: Path
) -> None:
    empty.installs(f"{wheel}[site]")
    folder = Path(shutil.copytree(ROOT / "examples/quickstart", tmp_path / "quickstart"))
    with served(folder, "flask", "run", **empty.variables) as url:
        ada = Person(url)
        page = sets_up(ada, ada.registers())
        assert page.url.path == "/dashboard"
        for name in ("vestibule.css", "vestibule.js", "vestibule.svg"):
            assert ada.opens(f"/vestibule/{name}").status_code == 200
        assert f"Hello, {ada.username}." in ada.opens("/members").text
    where = empty.runs("-c", "import vestibule; print(vestibule.__file__)", folder=tmp_path)
    assert where.startswith(str(tmp_path))


def test_the_quickstarts_own_commands_are_enough(empty: FreshEnvironment, tmp_path: Path) -> None:
    """With pip's line too, and nothing that was there before but Python, git and the clone."""
    (tmp_path / "vestibule").symlink_to(ROOT)
    script = "\n".join(block.text for block in blocks("sh", of=page("docs/quickstart.md")))
    *before, last = script.splitlines()
    runs("\n".join(before), tmp_path, timeout=600, **empty.variables)
    with served(tmp_path / "shop", *last.split(), **empty.variables) as url:
        signs_in_and_out(Person(url))


def test_a_hosts_tests_find_the_fixtures(
    wheel: Path, empty: FreshEnvironment, tmp_path: Path
) -> None:
    empty.installs(str(wheel), "pytest")
    said = empty.runs("-m", "pytest", "--fixtures", "-q", folder=tmp_path)
    for name in ("vestibule_clock", "vestibule_cheap_hashes", "vestibule_database"):
        assert name in said
