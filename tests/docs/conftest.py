"""An application from before, into which the pages' code is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.docs.existing_app import existing_app
from tests.docs.reading import blocks, page
from tests.stories import make as make
from vestibule import new_key

Program = dict[str, Any]


@pytest.fixture
def program_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Program]]:
    """The names of the application after all Python code of the pages was added to it, in order."""
    monkeypatch.setenv("VESTIBULE_KEYS", new_key())
    made: list[Program] = []

    def program_with(*paths: str) -> Program:
        code = [block for path in paths for block in blocks("python", of=page(path))]
        brings_a_view = any('"/login"' in block.text for block in code)
        names = existing_app(tmp_path, takes_passwords=not brings_a_view)
        made.append(names)
        for block in code:
            block.run(names)
        return names

    yield program_with
    for names in made:
        names["app"].extensions["vestibule"].runtime.services.database.dispose()
        with names["app"].app_context():
            names["db"].engine.dispose()
