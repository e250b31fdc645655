"""What the system tests have at hand. Each module has a site of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.fresh_environment import built_wheel
from tests.support.journeys import browser, visitor

__all__ = ["browser", "visitor"]


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Vestibule as somebody installs it."""
    return built_wheel(tmp_path_factory.mktemp("wheel"))
