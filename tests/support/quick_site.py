"""The ready site in this process, for tests that ask it thousands of things: real pages on a real
database file, a clock that moves, and hashes that cost nothing.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from flask_login import current_user
from sqlalchemy import Engine, Table, delete, func, insert, select, text

from tests.support.visitor import Papers, Visitor
from vestibule.foundation.database import Base
from vestibule.foundation.services import Services
from vestibule.ready_site.extensions import db
from vestibule.ready_site.extensions import vestibule as extension
from vestibule.ready_site.options import read_options
from vestibule.ready_site.start import prepared_site
from vestibule.testing import MovableClock, cheap_hashes, movable_clock
from vestibule.testing.application import put_in_place

ADDRESS = "http://localhost"


@dataclass(frozen=True)
class Kept:
    """A moment of a site: what was stored, as a file or by tables, and the time."""

    now: datetime
    file: bytes = b""
    rows: dict[Table, list[dict[str, Any]]] = field(default_factory=dict)


class QuickSite:
    """One site; ``keeps`` and ``restores`` take its database back to an earlier moment."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.folder = folder
        given = {"instance": folder, "base_url": ADDRESS} | options
        self.app = prepared_site(read_options(given, {}))
        # What helps tests asks for it; the site itself runs as for people.
        self.app.testing = True
        cheap_hashes(self.app)
        self.clock: MovableClock = movable_clock(self.app)
        self.app.testing = False
        self.app.add_url_rule("/who", "who", _who)
        self.app.add_url_rule("/everywhere", "everywhere", _everywhere, methods=["POST"])

    @property
    def services(self) -> Services:
        services: Services = self.app.extensions["vestibule"].runtime.services
        return services

    @property
    def engines(self) -> tuple[Engine, Engine]:
        """The extension's, and the site's own."""
        with self.app.app_context():
            return self.services.database.engine, db.engine

    def visitor(self, username: str, *, address: str) -> Visitor:
        """Somebody with nothing but what they would type at a registration."""
        password = f"the long password of {username}"
        papers = Papers(username, "", password, f"{username}@example.org")
        return Visitor(self, papers, address=address, site=ADDRESS)  # type: ignore[arg-type]

    def rows(self, statement: str, **values: Any) -> list[dict[str, Any]]:
        with self.services.database.read() as connection:
            return [dict(row) for row in connection.execute(text(statement), values).mappings()]

    def counts(self) -> Counter[str]:
        """How many rows each table has."""
        with self.services.database.read() as connection:
            return Counter(
                {
                    str(table.name): connection.scalar(select(func.count()).select_from(table)) or 0
                    for table in self._tables
                }
            )

    # One moment, kept

    def keeps(self) -> Kept:
        """The database and the time."""
        self._lets_go()
        now = self.clock.now()
        if self.services.database.dialect == "sqlite":
            return Kept(now, file=self._file.read_bytes())
        with self.services.database.read() as connection:
            rows = {
                table: [dict(row) for row in connection.execute(select(table)).mappings()]
                for table in self._tables
            }
        return Kept(now, rows=rows)

    def restores(self, kept: Kept) -> None:
        self.stands_at(kept.now)
        if kept.rows:
            with self.services.database.write() as connection:
                for table in reversed(self._tables):
                    connection.execute(delete(table))
                for table in self._tables:
                    if kept.rows[table]:
                        connection.execute(insert(table), kept.rows[table])
            return
        self._lets_go()
        for end in ("-wal", "-shm"):
            self._file.with_name(self._file.name + end).unlink(missing_ok=True)
        self._file.write_bytes(kept.file)

    def stands_at(self, moment: datetime) -> None:
        self.clock = MovableClock(moment)
        self.app.testing = True
        put_in_place(self.app, clock=self.clock)
        self.app.testing = False

    def everything_stored(self) -> bytes:
        """SQLite's files, in which pages may be left that no row is on any more."""
        return b"\n".join(path.read_bytes() for path in self.folder.glob("*.db*"))

    def closes(self) -> None:
        self._lets_go()

    @property
    def _tables(self) -> list[Table]:
        return [*Base.metadata.sorted_tables, *db.metadata.sorted_tables]

    @property
    def _file(self) -> Path:
        return self.folder / "vestibule.db"

    def _lets_go(self) -> None:
        for engine in self.engines:
            engine.dispose()


def _who() -> dict[str, str | None]:
    """Who somebody is to a view of the site, and how well that was shown."""
    session = extension.this_session()
    if not current_user.is_authenticated or session is None:
        return {"name": None, "level": None}
    return {"name": current_user.username, "level": session.level}


def _everywhere() -> str:
    """What stands behind a button of a host."""
    if current_user.is_authenticated:
        extension.sign_out_everywhere(current_user)
    return ""
