"""Stories of signing in, with the lowest versions that are promised and with today's newest."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.fresh_environment import FreshEnvironment, lowest_versions

pytestmark = pytest.mark.system

EXTRAS = ("site", "postgresql", "bcrypt")
STORIES = ("tests/login_gate", "tests/signin", "tests/testing/test_signed_in.py")
OF_THE_STORIES = ("flask-wtf", "pytest", "hypothesis", "httpx")


def python(version: str) -> str:
    """An interpreter of this version: the tests' own, one on the PATH, or one of pyenv.

    No package brings the others, so a missing one is skipped even where all programs are required.
    """
    if sys.version.startswith(f"{version}."):
        return sys.executable
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for candidate in (f"python{version}", *sorted(map(str, pyenv.glob(f"{version}.*/bin/python")))):
        try:
            done = subprocess.run([candidate, "-m", "ensurepip", "--version"], capture_output=True)
        except OSError:
            continue
        if done.returncode == 0:
            return candidate
    pytest.skip(f"there is no Python {version} here")


@pytest.mark.parametrize("of", ["lowest", "newest"])
@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_the_stories_hold(version: str, of: str, wheel: Path, tmp_path: Path) -> None:
    fresh = FreshEnvironment(tmp_path / "venv", python(version))
    constraints = tmp_path / "constraints.txt"
    constraints.write_text("\n".join(lowest_versions(EXTRAS) if of == "lowest" else []))
    fresh.installs("-c", str(constraints), f"{wheel}[{','.join(EXTRAS)}]", *OF_THE_STORIES)
    # Warnings of versions that are years apart say nothing of today's code.
    said = fresh.runs(
        *("-m", "pytest", "-q", "-x", "-W", "default", "-p", "no:cacheprovider"),
        *("-k", "not postgresql", *STORIES),
        timeout=600,
    )
    assert " passed" in said
    assert "failed" not in said.splitlines()[-1]
