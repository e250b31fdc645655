"""An operator before a host's command line."""

from __future__ import annotations

from typing import Any

from click.testing import Result

from tests.recovery.conftest import ann, mailbox
from tests.stories import make
from tests.support.host_app import Host
from vestibule.cli.flask_group import group

__all__ = ["ann", "mailbox", "make"]


def says(host: Host, *words: str, **options: Any) -> Result:
    return host.app.test_cli_runner().invoke(group, ["accounts", *words], **options)
