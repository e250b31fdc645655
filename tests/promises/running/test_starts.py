"""Four nodes that start on one empty database at the same moment make one site."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.support.races import at_once
from tests.support.running_site import RunningSite

NODES = 4


@pytest.mark.requirement("CFG-4")
def test_four_starts_at_once_migrate_once_and_share_their_keys(
    tmp_path: Path, database_url: str
) -> None:
    on_a_server = {} if database_url.startswith("sqlite") else {"database": database_url}
    nodes = [
        RunningSite(tmp_path / "instance", workers=1, threads=2, **on_a_server)
        for _ in range(NODES)
    ]
    try:
        at_once([node.start for node in nodes])

        first, *others = nodes
        for table in ("vestibule_version", "ready_site_version"):
            assert len(first.rows(f"SELECT * FROM {table}")) == 1  # noqa: S608 - a name of ours
        # A session of one is known to the others, and what one encrypted another decrypts.
        person = first.member()
        for node in others:
            browser = node.person()
            browser.browser.cookies = httpx.Cookies(person.browser.cookies)
            assert browser.is_signed_in()
        elsewhere = others[-1].person(username=person.username)
        elsewhere.password, elsewhere.authenticator = person.password, person.authenticator
        elsewhere.signs_in()
        assert elsewhere.is_signed_in()
        assert "Traceback" not in first.said()
    finally:
        at_once([node.stop for node in nodes])
