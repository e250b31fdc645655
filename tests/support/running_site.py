"""A real ``vestibule run``: its own processes, its own instance folder, a free port."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from tests.support.person import Person
from tests.support.running_program import RunningProgram, free_port

__all__ = ["PROGRAM", "RunningSite", "free_port"]

PROGRAM = Path(sys.executable).with_name("vestibule")


class RunningSite(RunningProgram):
    """``with RunningSite(tmp_path / "instance") as site:`` starts it and waits until it answers.

    With ``database`` it keeps its data there instead of in the instance's SQLite file.
    """

    def __init__(
        self,
        instance: Path,
        *,
        database: str | None = None,
        workers: int = 2,
        threads: int = 4,
        port: int | None = None,
        environment: Mapping[str, str] | None = None,
        host: str = "127.0.0.1",
        within: Sequence[str] = (),
    ) -> None:
        """``within`` stands before the command, such as ``ip netns exec``."""
        self.instance = instance
        self.database_url = _with_driver(
            database or f"sqlite:///{instance.resolve() / 'vestibule.db'}"
        )
        port = port or free_port()
        arguments = [
            *("--workers", str(workers), "--threads", str(threads), "--port", str(port)),
            *(() if host == "127.0.0.1" else ("--host", host)),
            *("--instance", str(instance)),
            *(("--database", database) if database else ()),
        ]
        super().__init__(
            [*within, PROGRAM, "run", *arguments],
            port=port,
            log=instance.with_name(instance.name + ".log"),
            environment=environment,
        )

    def person(self, **given: str) -> Person:
        """Somebody new, who has not registered yet."""
        return Person(self.url, **given)

    def member(self, **given: str) -> Person:
        """Somebody who registered, set up an authenticator, and is signed in."""
        person = self.person(**given)
        answer = person.registers()
        assert answer.url.path != "/register", f"{answer.status_code}: {answer.text}"
        person.sets_up_authenticator()
        return person

    def events(self, *kinds: str) -> list[dict[str, Any]]:
        """The rows of the audit, oldest first; with kinds, only those."""
        rows = self.rows("SELECT * FROM vestibule_event ORDER BY at, id")
        return [row for row in rows if not kinds or row["kind"] in kinds]

    def rows(self, statement: str, **values: Any) -> list[dict[str, Any]]:
        """What the database says to a statement; a change is committed."""
        engine = create_engine(self.database_url)
        try:
            with engine.begin() as connection:
                answer = connection.execute(text(statement), values)
                return [dict(row) for row in answer.mappings()] if answer.returns_rows else []
        finally:
            engine.dispose()


def _with_driver(url: str) -> str:
    """The address with the driver that Vestibule installs."""
    return re.sub("^postgres(ql)?://", "postgresql+psycopg://", url)
