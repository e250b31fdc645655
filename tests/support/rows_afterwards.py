"""What must be true of the tables of a site after whatever happened under load."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, TypeVar

from tests.support.behind import instant
from tests.support.ledger import Ledger
from tests.support.running_site import RunningSite
from vestibule.backup_codes.values import read_backup_code
from vestibule.foundation.tokens import token_key

Row = dict[str, Any]
T = TypeVar("T")


class Rows:
    """``Rows(site).wrong(load.ledger)`` names what is lost, half done, or opened for nothing.

    Nobody may have signed out, and nothing may have run out.
    """

    def __init__(self, site: RunningSite) -> None:
        self._names = {
            row["id"]: row["username"]
            for row in site.rows(
                "SELECT subject.id, account.username FROM vestibule_subject AS subject"
                " JOIN account ON account.id = subject.user_id"
            )
        }
        self._accounts = {row["username"] for row in site.rows("SELECT username FROM account")}
        self._sessions = site.rows("SELECT * FROM vestibule_session")
        self._pending = site.rows("SELECT * FROM vestibule_pending_signin")
        self._authenticators = site.rows("SELECT * FROM vestibule_authenticator")
        self._codes = site.rows("SELECT * FROM vestibule_backup_code")
        self._events = site.events()
        self.sessions = {row["id"] for row in self._sessions}

    def wrong(self, ledger: Ledger) -> dict[str, object]:
        """All that is not as it must be; nothing, if all is well."""
        found = {
            "answered, and lost": self.lost(ledger),
            "sessions without their event": self.sessions_without_their_event(),
            "events without their session": self.events_without_their_session(),
            "sessions without two steps": self.sessions_without_two_steps(),
            "sign-ins neither waiting nor done": self.started_but_neither_waiting_nor_done(),
            "spent steps without a session": self.spent_steps_without_their_session(),
            "spent backup codes without a session": self.spent_codes_without_their_session(),
            "backup codes spent twice": self.codes_spent_twice(),
            "more sessions than tries": self.more_sessions_than_tries(),
            "more sessions than codes sent": self.more_sessions_than_codes(ledger),
        }
        return {what: which for what, which in found.items() if which}

    def lost(self, ledger: Ledger) -> list[str]:
        """What somebody was told, and the tables do not know."""
        spent = {
            (self._names[row["subject_id"]], row["selector"])
            for row in self._codes
            if row["used_at"]
        }
        codes = {(name, read_backup_code(code).selector) for name, code in ledger.backup_codes}
        return [
            *({token_key(cookie) for cookie in ledger.cookies} - self.sessions),
            *(set(ledger.accounts) - self._accounts),
            *(name for name, _ in codes - spent),
        ]

    def _of(self, kind: str) -> list[Row]:
        return [event for event in self._events if event["kind"] == kind]

    def _opened(self) -> set[str]:
        return {details(event)["session"] for event in self._of("session.opened")}

    def sessions_without_their_event(self) -> list[str]:
        return sorted(self.sessions - self._opened())

    def events_without_their_session(self) -> list[str]:
        return sorted(self._opened() - self.sessions)

    def sessions_without_two_steps(self) -> list[str]:
        return [
            row["id"]
            for row in self._sessions
            if not (row["level"] == "aal2" and row["first_step_at"] and row["second_step_at"])
        ]

    def started_but_neither_waiting_nor_done(self) -> int:
        return len(self._of("signin.started")) - len(self._pending) - len(self.sessions)

    def spent_steps_without_their_session(self) -> list[str]:
        opened = self._opened_by("totp")
        return [
            row["id"]
            for row in self._authenticators
            if row["last_step"] and (row["subject_id"], instant(row["last_used_at"])) not in opened
        ]

    def spent_codes_without_their_session(self) -> list[str]:
        opened = self._opened_by("backup_code")
        told = {details(event)["code"] for event in self._of("backup_codes.used")}
        spent = [row for row in self._codes if row["used_at"]]
        return [
            row["id"]
            for row in spent
            if row["id"] not in told or (row["subject_id"], instant(row["used_at"])) not in opened
        ]

    def codes_spent_twice(self) -> list[str]:
        told = Counter(details(event)["code"] for event in self._of("backup_codes.used"))
        return [code for code, times in told.items() if times > 1]

    def _opened_by(self, factor: str) -> set[tuple[str, Any]]:
        """Whose sessions were opened when, by this factor."""
        return {
            (event["subject_id"], instant(event["at"]))
            for event in self._of("session.opened")
            if event["factor"] == factor
        }

    def more_sessions_than_tries(self) -> list[str]:
        """Accounts with more sessions than tries were taken for, of either step. To register
        counts as the password."""
        opened = Counter(row["subject_id"] for row in self._sessions)
        passwords = Counter(
            event["subject_id"]
            for event in self._of("try.taken") + self._of("account.created")
            if event["factor"] in ("password", None)
        )
        codes = Counter(
            event["subject_id"] for event in self._of("try.taken") if event["factor"] != "password"
        )
        return _beyond(opened, passwords) + _beyond(opened, codes)

    def more_sessions_than_codes(self, ledger: Ledger) -> list[str]:
        """A code opens one session, however often it was sent."""
        opened = Counter(
            (self._names[event["subject_id"]], event["factor"])
            for event in self._of("session.opened")
        )
        return [name for name, _ in _beyond(opened, ledger.sent)]


def _beyond(opened: Counter[T], allowed: Counter[T]) -> list[T]:
    return [one for one, count in opened.items() if count > allowed[one]]


def details(event: Row) -> Row:
    """SQLite keeps JSON as text."""
    found: Row | str = event["details"]
    return json.loads(found) if isinstance(found, str) else found
