"""The model: what is true of the accounts, if the promises hold. No Flask, no database.

It knows what the site must forget (passwords, secrets, codes), and decides by the rules that a
person could be told. Where it says that somebody is inside, the site must say so too, and nowhere
else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pyotp

IDLE = timedelta(hours=1)
DAY = timedelta(hours=24)
FRESH = timedelta(minutes=10)
BETWEEN_THE_STEPS = timedelta(minutes=10)
SETTING_UP = timedelta(minutes=15)
TRUSTED = timedelta(days=30)
GRACE = timedelta(seconds=10)
RESET = timedelta(hours=1)
NOT_ME = timedelta(days=14)
MINUTE = timedelta(minutes=1)


@dataclass(eq=False)
class Phone:
    """An authenticator, in whoever's hand."""

    secret: str
    name: str
    last_step: int
    """P2: this step, and all before it, are spent."""

    def code(self, step: int) -> str:
        return pyotp.TOTP(self.secret).at(step * 30)


@dataclass(eq=False)
class Account:
    username: str
    password: str | None
    """None: somebody said "This wasn't me"."""
    version: int = 1
    """P7: what was given under another version is worth nothing."""
    phones: list[Phone] = field(default_factory=list)
    codes: dict[str, str] = field(default_factory=dict)
    """Backup codes: fresh, used, or retired."""
    earlier_passwords: list[str] = field(default_factory=list)
    names_given: int = 0
    is_hers: bool = False
    """The owner's, or of somebody to whom she lent a browser; else the thieves'."""

    def revokes(self) -> None:
        self.version += 1

    def judges(self, code: str, step: int) -> Phone | None:
        """Whose code it is, if it may pass now: one step to each side, none twice, none older."""
        for phone in self.phones:
            for one in (step, step - 1, step + 1):
                if phone.code(one) == code and one > phone.last_step:
                    return phone
        return None

    def spends(self, phone: Phone, code: str, step: int) -> None:
        phone.last_step = next(one for one in (step, step - 1, step + 1) if phone.code(one) == code)

    def codes_that_are(self, state: str) -> list[str]:
        return [code for code, now in self.codes.items() if now == state]

    def gets_new_codes(self, codes: list[str]) -> None:
        self.retires_codes()
        self.codes |= dict.fromkeys(codes, "fresh")

    def retires_codes(self) -> None:
        self.codes = dict.fromkeys(self.codes, "retired")

    def next_name(self) -> str:
        self.names_given += 1
        return f"{self.username} phone {self.names_given}"


@dataclass(eq=False)
class Session:
    account: Account
    version: int
    opened: datetime
    seen: datetime
    first_step: datetime
    second_step: datetime | None = None
    trust: str | None = None
    """The trusted browser that the second step was left out in."""

    @property
    def level(self) -> str:
        return "aal2" if self.second_step else "aal1"

    def is_fresh(self, now: datetime) -> bool:
        return not self.trust and now - (self.second_step or self.first_step) <= FRESH

    def may_change_factors(self, now: datetime) -> bool:
        return self.second_step is not None and self.is_fresh(now)


@dataclass(eq=False)
class Pending:
    """Between the steps."""

    account: Account
    version: int
    is_enrolment: bool
    first_step: datetime
    ends: datetime


@dataclass(eq=False)
class Trust:
    account: Account
    version: int
    ends: datetime
    token: str
    previous: str = ""
    rotated: datetime | None = None


@dataclass(eq=False)
class Link:
    """From a mail."""

    token: str
    account: Account
    version: int | None
    """None: it outlives changes of the account."""
    ends: datetime
    used: bool = False

    def works(self, now: datetime) -> bool:
        is_current = self.version in (None, self.account.version)
        return not self.used and now < self.ends and is_current


@dataclass
class Ledger:
    """All that was given out, by the token that a browser holds for it."""

    must_have: bool
    """The policy: an account must have a second step."""
    now: datetime
    accounts: dict[str, Account] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    pending: dict[str, Pending] = field(default_factory=dict)
    trusts: dict[str, Trust] = field(default_factory=dict)
    resets: list[Link] = field(default_factory=list)
    not_me: list[Link] = field(default_factory=list)
    secrets: set[str] = field(default_factory=set)
    """P5: everything that must never be read in the database."""

    @property
    def step(self) -> int:
        return int(self.now.timestamp()) // 30

    def session_of(self, token: str | None) -> Session | None:
        """P1 and P7: who is inside with this token now."""
        session = self.sessions.get(token or "")
        if session is None or session.version != session.account.version:
            return None
        if self.now >= session.opened + DAY or self.now - session.seen > IDLE:
            return None
        if self.must_have and not session.second_step and not session.trust:
            return None
        return session

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
        return pending if self.now < pending.ends else None

    def trust_of(self, cookie: str | None) -> Trust | None:
        """A browser with that cookie; a copy of an old one ends the trust (TD-7)."""
        name, _, token = (cookie or "").partition(".")
        trust = self.trusts.get(name)
        if trust is None or trust.version != trust.account.version or self.now >= trust.ends:
            return None
        is_in_time = trust.rotated is not None and self.now - trust.rotated <= GRACE
        if token == trust.token or (token == trust.previous and is_in_time):
            return trust
        self.ends_trust(name)
        return None

    def ends_trust(self, name: str) -> None:
        """And the sessions that came of it."""
        if self.trusts.pop(name, None) is not None:
            for token in [one for one, session in self.sessions.items() if session.trust == name]:
                del self.sessions[token]
