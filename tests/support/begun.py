"""What many stories begin with, told once."""

from __future__ import annotations

import shutil
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

from tests.support.host_app import Host
from tests.support.visitor import Papers, Visitor
from vestibule.testing import MovableClock


@dataclass(frozen=True)
class Begun:
    """A host's database after somebody's first visit; each story gets a copy, and goes on there."""

    file: Path
    papers: Papers
    cookies: Any
    now: datetime

    @classmethod
    def by(cls, visitor: Visitor) -> Begun:
        """The host, on a SQLite file, is closed."""
        host, cookies = visitor.host, visitor.client._cookies
        host.closes()
        return cls(
            Path(str(make_url(host.url).database)), visitor.papers, cookies, host.clock.now()
        )

    def copied(self, folder: Path) -> tuple[str, MovableClock]:
        """The URL of a copy, and the time that it is of."""
        shutil.copy(self.file, folder)
        return f"sqlite:///{folder / self.file.name}", MovableClock(self.now)

    def is_on(self, host: Host) -> bool:
        return host.url.endswith(f"/{self.file.name}")

    def goes_on(self, host: Host) -> Visitor:
        """In the same browser."""
        papers = deepcopy(self.papers)
        visitor = Visitor(host, papers, address="192.0.2.1", site="http://localhost")
        visitor.client._cookies = deepcopy(self.cookies)
        return visitor
