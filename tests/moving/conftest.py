"""A host whose people had their second step somewhere else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import NullPool, create_engine, text

from tests.stories import make as make
from tests.support.authenticator import STEP
from tests.support.host_app import Host
from tests.support.host_tables import make_tables
from tests.support.visitor import Visitor
from vestibule.cli.flask_group import group
from vestibule.testing import MovableClock

SECRETS = {
    "ann": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
    "bob": "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
}


class OldHost:
    """The host on the command line, and a table of another program in its database."""

    def __init__(self, host: Host) -> None:
        self.host = host

    def says(self, *words: str, **options: Any) -> Result:
        return self.host.app.test_cli_runner().invoke(group, words, **options)

    def imports(self, *words: str, **options: Any) -> str:
        result = self.says("import", *words, **options)
        assert result.exit_code == 0, result.output
        for secret in SECRETS.values():
            assert secret not in result.output
        return result.output

    def person(self, name: str) -> Visitor:
        person = Visitor.new(self.host, name)
        person.papers.secrets.append(SECRETS.get(name, SECRETS["ann"]))
        return person

    def sql(self, statement: str, *rows: dict[str, Any]) -> None:
        engine = create_engine(self.host.url, poolclass=NullPool)
        with engine.begin() as connection:
            connection.execute(text(statement), list(rows) or None)

    def has_old_table(self, *rows: dict[str, Any]) -> None:
        self.sql("CREATE TABLE old (id TEXT, totp_secret TEXT, is_on BOOLEAN)")
        for row in rows:
            self.sql("INSERT INTO old VALUES (:id, :secret, :on)", {"on": True} | row)

    def waits(self) -> None:
        """Until a code comes that no other program can have taken."""
        self.host.clock.moves(2 * STEP)


MakeOldHost = Callable[..., OldHost]


@pytest.fixture
def make_old_host(make: Any, tmp_path: Path) -> MakeOldHost:
    made: list[OldHost] = []

    def make_old_host(url: str | None = None, **config: Any) -> OldHost:
        url = url or f"sqlite:///{tmp_path / f'old-{len(made)}.db'}"
        make_tables(url, migrated=True)
        config.setdefault("VESTIBULE_POLICY", "optional")
        made.append(OldHost(make(url, MovableClock(), **config)))
        return made[-1]

    return make_old_host


@pytest.fixture
def old(make_old_host: MakeOldHost) -> OldHost:
    return make_old_host()


@pytest.fixture
def old_everywhere(make_old_host: MakeOldHost, database_url: str) -> OldHost:
    """The same on SQLite and on PostgreSQL."""
    return make_old_host(database_url)
