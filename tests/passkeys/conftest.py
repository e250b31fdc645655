"""A site that offers passkeys, and somebody who has one."""

from __future__ import annotations

import pytest

from tests.stories import HostMaker
from tests.stories import make as make
from tests.support.host_app import Host
from tests.support.passkey_person import with_passkey
from tests.support.soft_passkey import SoftPasskey
from tests.support.visitor import Visitor


@pytest.fixture
def site(make: HostMaker) -> Host:
    """Whose accounts must have a second step."""
    return make(VESTIBULE_BASE_URL="http://localhost")


@pytest.fixture
def device() -> SoftPasskey:
    return SoftPasskey()


@pytest.fixture
def kim(site: Host, device: SoftPasskey) -> Visitor:
    """Has a passkey on ``device``, ten backup codes and no app; is signed out."""
    return with_passkey(site, "kim", device)
