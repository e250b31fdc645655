"""The model: what is true of the accounts, if the promises hold.

Where it says that somebody is inside, the site must say so too, and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.promises.model.people import Account, Link, Pending, Session, Trust

IDLE = timedelta(hours=1)
DAY = timedelta(hours=24)
BETWEEN_THE_STEPS = timedelta(minutes=10)
SETTING_UP = timedelta(minutes=15)
TRUSTED = timedelta(days=30)
MINUTE = timedelta(minutes=1)


@dataclass
class Ledger:
    """All that was given out, by the token that a browser holds for it."""

    everybody_must: bool
    """The policy: an account must have a second step."""
    now: datetime
    accounts: dict[str, Account] = field(default_factory=dict)
    """By the name of the first day."""
    closed: list[Account] = field(default_factory=list)
    sessions: dict[str, Session] = field(default_factory=dict)
    pending: dict[str, Pending] = field(default_factory=dict)
    trusts: dict[str, Trust] = field(default_factory=dict)
    links: list[Link] = field(default_factory=list)
    not_me: list[Link] = field(default_factory=list)
    secrets: set[str] = field(default_factory=set)
    """P5: everything that must never be read in the database."""

    @property
    def step(self) -> int:
        return int(self.now.timestamp()) // 30

    def must(self, account: Account) -> bool:
        """Whoever looks after others must have a second step, whatever the policy."""
        return self.everybody_must or account.is_administrator

    def session_of(self, token: str | None) -> Session | None:
        """P1 and P7: who is inside with this token now."""
        session = self.sessions.get(token or "")
        if session is None or session.version != session.account.version:
            return None
        if self.now >= session.opened + DAY or self.now - session.seen > IDLE:
            return None
        if self.must(session.account) and not session.second_step and not session.trust:
            return None
        return session if session.account.is_open else None

    def looks(self, token: str | None) -> Session | None:
        """As :meth:`session_of`, by a request: the session is in use."""
        session = self.session_of(token)
        if session and self.now - session.seen >= MINUTE:
            session.seen = self.now
        return session

    def pending_of(self, token: str | None) -> Pending | None:
        pending = self.pending.get(token or "")
        if pending is None or pending.version != pending.account.version:
            return None
        return pending if self.now < pending.ends and pending.account.is_open else None

    def trust_of(self, cookie: str | None) -> Trust | None:
        """A browser with that cookie; a copy of an old one ends the trust (TD-7)."""
        name, _, token = (cookie or "").partition(".")
        trust = self.trusts.get(name)
        if trust is None or trust.version != trust.account.version or self.now >= trust.ends:
            return None
        if trust.is_its_own(token, self.now):
            return trust
        self.ends_trust(name)
        return None

    def ends_trust(self, name: str) -> None:
        """And the sessions that came of it."""
        if self.trusts.pop(name, None) is not None:
            for token in [one for one, session in self.sessions.items() if session.trust == name]:
                del self.sessions[token]

    def sent(self, path: str, account: Account) -> list[Link]:
        return [one for one in self.links if one.path == path and one.account is account]

    def voids(self, path: str, account: Account) -> None:
        """A newer link takes the place of those before."""
        for link in self.sent(path, account):
            link.used = True
