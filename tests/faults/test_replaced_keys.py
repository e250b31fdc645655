"""The key file is replaced under a running node: only by one that opens what is there."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.faults.conftest import Figure, Town
from tests.support.running_site import RunningSite
from vestibule.foundation.keyring import LOOKS_EVERY
from vestibule.ready_site.key_file import KEY_FILE, make_key_file, read_key_file

pytestmark = pytest.mark.system


@pytest.fixture
def node(town: Town, tmp_path: Path) -> Iterator[RunningSite]:
    """A third one, on a machine of its own: the same data, and a copy of the keys."""
    instance = tmp_path / "instance"
    instance.mkdir(mode=0o700)
    shutil.copy(town.nodes[0].instance / KEY_FILE, instance)
    with RunningSite(instance, database=town.database, workers=1, threads=4) as third:
        yield third


def text_of(path: Path) -> str:
    """A key file as somebody makes it who knows nothing of the old one."""
    make_key_file(path)
    return path.read_text()


@pytest.mark.requirement("CFG-2")
@pytest.mark.requirement("TOTP-15")
@pytest.mark.parametrize("times", [1, pytest.param(10, marks=pytest.mark.soak)])
def test_a_wrong_a_broken_and_the_right_key_file(
    town: Town, node: RunningSite, tmp_path: Path, times: int, figure: Figure
) -> None:
    path = node.instance / KEY_FILE
    right = path.read_text()
    wrong = text_of(tmp_path / "wrong.toml")
    with town.busy(node) as load:
        for text in [wrong, right[: len(right) // 2], right] * times:
            draft = path.with_suffix(".draft")
            draft.write_text(text)
            os.replace(draft, path)
            changed = time.monotonic()
            time.sleep(LOOKS_EVERY)
            town.is_back(load, since=changed)
        ready = json.loads(httpx.get(f"{node.url}/readyz").text)
    town.is_in_order()
    ours = {key.partition(":")[0] for key in read_key_file(path).keys}
    rows = node.rows("SELECT DISTINCT key_id FROM vestibule_authenticator")
    assert {row["key_id"] for row in rows} <= ours
    assert all(ready.values())
    said = node.said()
    assert "the keys cannot be read again" in said
    for text in (right, wrong):
        assert not [key for key in text.split('"') if len(key) > 40 and key in said]
    town.tells(figure)
