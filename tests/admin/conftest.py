"""An operator before a host's command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from tests.notices.conftest import Mailbox
from tests.recovery.conftest import host_with_recovery
from tests.stories import HostMaker, make
from tests.support.host_app import Host
from tests.support.visitor import Visitor
from vestibule.cli.flask_group import group

__all__ = ["make"]


def says(host: Host, *words: str, **options: Any) -> Result:
    return host.app.test_cli_runner().invoke(group, ["accounts", *words], **options)


@pytest.fixture
def mailbox(make: HostMaker, tmp_path: Path) -> Mailbox:
    return host_with_recovery(make, tmp_path)


@pytest.fixture
def ann(mailbox: Mailbox) -> Visitor:
    ann = Visitor.new(mailbox.host, "ann")
    ann.signs_in()
    mailbox.mails()
    return ann
