"""The pages become a site."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.docs.reading import PAGES, ROOT


def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    made = tmp_path / "site"
    build = [sys.executable, "-m", "sphinx", "--quiet", "--fail-on-warning", "-b", "html"]
    done = subprocess.run(
        [*build, "-d", tmp_path / "read", ROOT / "docs", made],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    front = (made / "index.html").read_text()
    for page in PAGES:
        if page.parent.name == "docs" and page.name != "index.md":
            assert f'href="{page.stem}.html"' in front
