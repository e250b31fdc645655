"""A log of events without a site: what the sealer and the verification need, and no more."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text

from tests.support.host_tables import make_tables
from vestibule import EventKind, new_key
from vestibule.audit.exported_seals import troubles_with_exported
from vestibule.audit.flows import record
from vestibule.audit.sealing import seal
from vestibule.audit.seals import Seal, seals_after
from vestibule.audit.signing import sign_events_of
from vestibule.audit.values import Factor, Origin
from vestibule.audit.verifying import Verification
from vestibule.foundation.clock import DatabaseClock
from vestibule.foundation.database import Database
from vestibule.foundation.keyring import Keyring
from vestibule.foundation.services import Services
from vestibule.settings import Settings
from vestibule.testing import MovableClock

ORIGIN = Origin("2001:db8::7", "Firefox on Linux", "0123456789abcdef0123456789abcdef")


class Log:
    def __init__(self, url: str, keys: tuple[str, ...] = (), clock: Any = None):
        self.url, self.keys = url, keys or (new_key(),)
        self.clock = clock or MovableClock()
        database, keyring = Database(url), Keyring(self.keys)
        self.services = Services(
            Settings(), self.clock, database, DatabaseClock(database), keyring, hasher=None
        )
        sign_events_of(database.engine, self.services)

    @classmethod
    def new(cls, url: str) -> Log:
        make_tables(url, migrated=True)
        return cls(url)

    def again(self, *keys: str) -> Log:
        """As another process sees it; with other keys perhaps."""
        return Log(self.url, keys or self.keys, self.clock)

    def copied(self, path: Path) -> Log:
        """Another database, of which one can do what one wants."""
        shutil.copy(self.url.removeprefix("sqlite:///"), path)
        return Log(f"sqlite:///{path}", self.keys, self.clock)

    def closes(self) -> None:
        self.services.database.dispose()

    def happens(self, count: int = 1) -> None:
        """So many events, a second apart."""
        with self.services.database.write() as connection:
            for number in range(count):
                self.clock.moves(seconds=1)
                record(
                    connection,
                    self.clock.now(),
                    EventKind.BACKUP_CODE_USED,
                    origin=ORIGIN,
                    factor=Factor.BACKUP_CODE,
                    details={"code": f"{number:032x}", "left": number},
                )

    @contextmanager
    def happens_late(self, before: timedelta) -> Iterator[None]:
        """An event whose transaction is not committed before the block ends."""
        with self.services.database.write() as connection:
            at = self.clock.now() - before
            record(connection, at, EventKind.SIGNED_OUT, origin=ORIGIN)
            yield

    def seals(self, **options: Any) -> int | None:
        return seal(self.services, **options)

    def sealed(self) -> list[Seal]:
        with self.services.database.read() as connection:
            return list(seals_after(connection, None))

    def look(self) -> tuple[list[str], Verification]:
        looked = Verification(self.services)
        return list(looked.troubles()), looked

    def troubles(self, exported: list[Seal] | None = None) -> list[str]:
        found, _ = self.look()
        if exported is not None:
            found += troubles_with_exported(self.services, exported)
        return found

    def sql(self, statement: str, **values: object) -> int:
        """What somebody does who has the database."""
        with self.services.database.write() as connection:
            return connection.execute(text(statement), values).rowcount

    def ids(self) -> list[str]:
        """Oldest first."""
        with self.services.database.read() as connection:
            found = text("SELECT id FROM vestibule_event ORDER BY at, id")
            return list(connection.execute(found).scalars())
