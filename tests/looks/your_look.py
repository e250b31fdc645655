"""What the page on your look tells of templates."""

from __future__ import annotations

import re

from tests.docs.reading import page

TEXT = page("docs/your-look.md").read_text()
ROWS = {
    name: set(re.findall(r"`(\w+)`", cells))
    for name, cells in re.findall(r"^\| `(\w+\.html)` \| (.*) \|$", TEXT, re.MULTILINE)
}
"""The variables of each template; those of ``base.html`` are in all of them."""
