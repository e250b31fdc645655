"""Sphinx turns the pages of this folder into a site: ``make docs``. A warning fails the build.

The pages are plain Markdown that reads well where the repository is browsed, so what only Sphinx
needs is added here.
"""

import re
import sys
from pathlib import Path

from sphinx.application import Sphinx

sys.path.insert(0, str(Path(__file__).parent.parent))

project = "Vestibule"
extensions = ["myst_parser"]
html_theme = "furo"
html_title = project
html_show_copyright = False
html_show_sphinx = False
myst_heading_anchors = 4


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("source-read", _add_contents)


def _add_contents(_: Sphinx, page: str, source: list[str]) -> None:
    """The menu has the pages that the index names, in its order."""
    if page == "index":
        pages = re.findall(r"\(([\w-]+)\.md\)", source[0])
        source[0] += "\n".join(["\n\n```{toctree}", ":hidden:", "", *pages, "```\n"])
