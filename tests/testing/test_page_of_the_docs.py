"""The tests that docs/testing.md shows: as files, under a pytest of their own."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from tests.docs.reading import blocks, page
from tests.support.served import runs

TESTING = "docs/testing.md"
ANN = """

@pytest.fixture
def ann(app):
    from shop import User

    with app.app_context():
        user = User(username="ann", password="correct horse")
        db.session.add(user)
        db.session.commit()
    return user
"""


def test_the_tests_of_the_page_pass(tmp_path: Path) -> None:
    shutil.copy(Path(__file__).with_name("shop.py"), tmp_path)
    files = {}
    for block in blocks("python", of=page(TESTING)):
        first = re.match(r"# (\w+\.py)\n", block.text)
        assert first, f"{block} does not say which file it is"
        files[first[1]] = block.text
    files["conftest.py"] += ANN
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    said = runs("python -m pytest -q -W error -p no:cacheprovider 2>&1 || true", tmp_path)
    assert re.search(r"^5 passed in", said, re.MULTILINE), said
