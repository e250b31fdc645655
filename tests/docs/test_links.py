"""Links between the pages lead somewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.reading import PAGES, anchors, links, name, page


@pytest.mark.parametrize("of", PAGES, ids=name)
def test_links_inside_the_repository_resolve(of: Path) -> None:
    for link in links(of):
        if link.startswith(("https:", "mailto:")):
            continue
        path, _, anchor = link.partition("#")
        target = (of.parent / path).resolve() if path else of
        assert target.exists(), f"{name(of)} links to {link}"
        if anchor:
            assert anchor in anchors(target), f"{name(of)} links to {link}"


def test_every_page_is_reached_from_the_front_page_and_from_the_index() -> None:
    everything = {one.name for one in PAGES if one.parent.name == "docs"} - {"index.md"}
    for start in ("README.md", "docs/index.md"):
        linked = {Path(link.partition("#")[0]).name for link in links(page(start))}
        assert everything <= linked
