"""An empty virtual environment, and the wheel that goes into it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

from tests.docs.reading import ROOT
from tests.support.served import environment

PIP = ("-m", "pip", "--disable-pip-version-check", "--no-input")


def built_wheel(folder: Path) -> Path:
    """Vestibule as somebody installs it."""
    build = ("wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder))
    subprocess.run([sys.executable, *PIP, *build, str(ROOT)], check=True, timeout=120)
    (wheel,) = folder.glob("vestibule-*.whl")
    return wheel


class FreshEnvironment:
    """Made by ``python``, with nothing of this repository on its path."""

    def __init__(self, folder: Path, python: str = sys.executable) -> None:
        self.bin = folder / "bin"
        path = f"{self.bin}:{os.environ['PATH']}"
        self.variables = {"PATH": path, "PYTHONPATH": "", "VIRTUAL_ENV": str(folder)}
        subprocess.run([python, "-m", "venv", str(folder)], check=True, timeout=120)

    def installs(self, *what: str) -> None:
        self.runs(*PIP, "install", "--quiet", *what, timeout=600)

    def runs(self, *arguments: str, folder: Path = ROOT, timeout: float = 300) -> str:
        """``python …`` there; returns what it printed, and fails with it."""
        done = subprocess.run(
            [str(self.bin / "python"), *arguments],
            cwd=folder,
            env=environment(**self.variables),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout,
        )
        assert done.returncode == 0, f"{' '.join(arguments)}\n{done.stdout}"
        return done.stdout


def lowest_versions(extras: Iterable[str]) -> list[str]:
    """The least that ``pyproject.toml`` promises to work with, as constraints for pip."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    of_extras = (one for extra in extras for one in project["optional-dependencies"][extra])
    return [
        re.sub(r"\[[^]]*\]", "", requirement).replace(">=", "==")
        for requirement in (*project["dependencies"], *of_extras)
    ]
