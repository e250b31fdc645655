"""A database of which one statement fails, and what is stored, as anybody else sees it."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from sqlalchemy import create_engine, event, text

from tests.support.quick_site import QuickSite

Shape = dict[str, Any]

_SHAPES = {
    "accounts": "SELECT username, email_confirmed_at IS NULL FROM account",
    "passwords": "SELECT password_hash FROM account",
    "subjects": "SELECT version, closed FROM vestibule_subject",
    "authenticators": "SELECT name, last_step FROM vestibule_authenticator",
    "passkeys": "SELECT name, sign_count, last_used_at IS NULL FROM vestibule_passkey",
    "challenges": "SELECT purpose FROM vestibule_passkey_challenge",
    # Of retired ones chance forgets some: those whose selector a new one has.
    "codes": "SELECT set_number, used_at IS NULL, saved_at IS NULL"
    " FROM vestibule_backup_code WHERE retired_at IS NULL",
    "sessions": "SELECT level, trusted_by IS NULL FROM vestibule_session",
    "sign-ins": "SELECT stages FROM vestibule_pending_signin",
    "trusted": "SELECT version FROM vestibule_trusted_browser",
    "known": "SELECT version FROM vestibule_known_browser",
    "links": "SELECT version, kind FROM vestibule_one_time_token",
    "events": "SELECT kind FROM vestibule_event",
    "mails": "SELECT kind, link_used_at IS NULL FROM vestibule_outbox",
    "offers": "SELECT 1 FROM vestibule_enrolment",
    "tries": "SELECT kind, count FROM vestibule_budget",
}
# A try is written before anything is compared, and stays whatever comes of it (P3).
_OF_TRIES = ("try.taken", "try.refused", "authenticator.offered")


@dataclass
class Breaking:
    """Counts the statements and commits of a site, and lets one of them fail."""

    site: QuickSite
    at: int = 0
    """The number of the one that fails; 0: none does."""
    stays: bool = False
    """Whether all after it fail, too: the database is gone."""
    is_lost: bool = False
    """Whether it is done all the same, and only the answer is lost."""
    sent: list[str] = field(default_factory=list)
    passwords: set[str] = field(default_factory=set)
    """The hashes that were there at first."""
    shapes: list[Shape] | None = None
    """What was stored after each of them, where somebody wants to know."""

    def __post_init__(self) -> None:
        url = self.site.services.database.engine.url
        self._looking = create_engine(url, isolation_level="AUTOCOMMIT")

    @contextmanager
    def goes(self, at: int = 0, *, stays: bool = False, is_lost: bool = False) -> Iterator[None]:
        self.at, self.stays, self.is_lost, self.sent = at, stays, is_lost, []
        engines = self.site.engines
        for engine in engines:
            event.listen(engine, "do_execute", self._executes)
            event.listen(engine, "do_executemany", self._executes_many)
        hosts = engines[1].dialect
        hosts.do_commit = self._commits(hosts.do_commit)  # type: ignore[method-assign]
        try:
            yield
        finally:
            del hosts.do_commit
            for engine in engines:
                event.remove(engine, "do_execute", self._executes)
                event.remove(engine, "do_executemany", self._executes_many)

    def closes(self) -> None:
        self._looking.dispose()

    def _executes(self, cursor: Any, statement: str, parameters: Any, context: Any) -> bool:
        return self._passes(statement, lambda: cursor.execute(statement, parameters))

    def _executes_many(self, cursor: Any, statement: str, parameters: Any, context: Any) -> bool:
        return self._passes(statement, lambda: cursor.executemany(statement, parameters))

    def _commits(self, do_commit: Any) -> Any:
        return lambda connection: self._passes("COMMIT", lambda: do_commit(connection))

    def _passes(self, statement: str, do: Any) -> bool:
        if statement == "ROLLBACK":
            do()
            return True
        self.sent.append(statement)
        number = len(self.sent)
        if self.at and (number == self.at or (self.stays and number > self.at)):
            if self.is_lost and number == self.at:
                do()
            raise self._error()
        do()
        if self.shapes is not None:
            self.shapes.append(self.shape())
        return True

    def _error(self) -> Exception:
        if self._looking.dialect.name == "postgresql":
            return psycopg.errors.QueryCanceled("canceling statement due to statement timeout")
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR
        return error

    def shape(self) -> Shape:
        """What is stored, without what is drawn by chance."""
        with self._looking.connect() as connection:
            shape = {
                what: sorted(Counter(tuple(row) for row in connection.execute(text(query))).items())
                for what, query in _SHAPES.items()
            }
        hashes = {one for (one,), _ in shape["passwords"]}
        self.passwords = self.passwords or hashes
        # New ones have a salt of chance.
        shape["passwords"] = sorted(one if one in self.passwords else "new" for one in hashes)
        return shape


def changes(shape: Shape) -> Shape:
    """Without the tries."""
    kept = {what: rows for what, rows in shape.items() if what not in ("tries", "offers")}
    kept["events"] = [one for one in shape["events"] if one[0][0] not in _OF_TRIES]
    return kept


def is_whole(shape: Shape) -> None:
    """What stands in the tables is what the events tell of, and nothing besides."""
    events = Counter({kind: often for (kind,), often in shape["events"]})
    gone = events["authenticator.removed"] + events["authenticator.replaced"]
    assert _count(shape["authenticators"]) == events["authenticator.added"] - gone
    passkeys = events["passkey.added"] - events["passkey.removed"]
    assert _count(shape["passkeys"]) == passkeys
    used = sum(often for row, often in shape["codes"] if not row[1])
    assert used <= events["backup_codes.used"]
    assert _count(shape["accounts"]) == events["account.created"]
    assert _count(shape["trusted"]) == events["trust.began"] - events["trust.ended"]
    made, used_links = events["link.made"], events["link.used"]
    assert _count(shape["links"]) <= made - used_links
    told = Counter({row[0]: 0 for row, _ in shape["mails"]})
    for row, often in shape["mails"]:
        told[row[0]] += often
    # Mails of the site's own words, and what is still to be looked up, tell of no event.
    for kind in told - Counter(mail=told["mail"], later=told["later"]):
        assert told[kind] <= events[kind], f"a mail tells of {kind}, which did not happen"


def _count(rows: list[Any]) -> int:
    return sum(often for _, often in rows)
