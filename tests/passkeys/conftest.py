"""A site that offers passkeys, and somebody who has one."""

from __future__ import annotations

import functools
import shutil
from copy import deepcopy
from datetime import datetime
from pathlib import Path

import pytest

from tests.stories import HostMaker
from tests.stories import make as make
from tests.support.host_app import Host, make_host
from tests.support.host_tables import copy_of_empty_sqlite, folder_of_this_run
from tests.support.passkey_person import with_passkey
from tests.support.soft_passkey import SoftPasskey
from tests.support.visitor import Papers, Visitor
from vestibule.testing import MovableClock

OFFERED = {"VESTIBULE_BASE_URL": "http://localhost"}


@pytest.fixture
def site(request: pytest.FixtureRequest, make: HostMaker, tmp_path: Path) -> Host:
    """Whose accounts must have a second step."""
    if "kim" not in request.fixturenames:
        return make(**OFFERED)
    file, _, _, now = _with_kim()
    shutil.copy(file, tmp_path / "host-with-kim.db")
    return make(f"sqlite:///{tmp_path / 'host-with-kim.db'}", MovableClock(now), **OFFERED)


@pytest.fixture
def device() -> SoftPasskey:
    """On which kim has a passkey."""
    return _with_kim()[2].copy()


@pytest.fixture
def kim(site: Host) -> Visitor:
    """Has a passkey on ``device``, ten backup codes and no app; is signed out."""
    _, papers, _, _ = _with_kim()
    return Visitor(site, deepcopy(papers), address="192.0.2.1", site="http://localhost")


@functools.cache
def _with_kim() -> tuple[Path, Papers, SoftPasskey, datetime]:
    """Made once, copied for each story."""
    folder = folder_of_this_run()
    url = copy_of_empty_sqlite(folder / "with-kim.db")
    host = make_host(url, folder, VESTIBULE_POLICY="required", **OFFERED)
    device = SoftPasskey()
    kim = with_passkey(host, "kim", device)
    host.closes()
    return folder / "with-kim.db", kim.papers, device, host.clock.now()
