"""Accounts as the model sees them, and what was given out for them. No Flask, no database.

It knows what the site must forget (passwords, secrets, codes), and decides by the rules that a
person could be told.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pyotp

from tests.support.soft_passkey import SoftPasskey

FRESH = timedelta(minutes=10)
GRACE = timedelta(seconds=10)
WAITING_TIME = timedelta(hours=72)
OPEN_FOR = timedelta(days=7)
BARRED_FOR = timedelta(days=30)


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
class Key:
    """A passkey, in whoever's hand."""

    device: SoftPasskey
    name: str
    stands_alone: bool = True
    """Not any more after "This wasn't me"."""


@dataclass(eq=False)
class Recovery:
    """A new second step that was asked for."""

    version: int
    opens: datetime


@dataclass(eq=False)
class Account:
    username: str
    password: str | None
    """None: somebody said "This wasn't me"."""
    email: str
    holders: tuple[str, ...] = ()
    """The browsers of those who have its phones and its paper, and read its mailbox."""
    is_confirmed: bool = False
    """Whether the address is."""
    is_disputed: bool = False
    """Whether it took the place of a confirmed one, not long ago."""
    second_address: str = ""
    second_since: datetime | None = None
    is_administrator: bool = False
    is_disabled: bool = False
    is_closed: bool = False
    version: int = 1
    """P7: what was given under another version is worth nothing."""
    phones: list[Phone] = field(default_factory=list)
    keys: list[Key] = field(default_factory=list)
    former_phones: list[Phone] = field(default_factory=list)
    codes: dict[str, str] = field(default_factory=dict)
    """Backup codes: fresh, used, or retired."""
    recovery: Recovery | None = None
    barred: datetime | None = None
    """Since then a mailbox may have opened the account: no recovery for a while."""
    earlier_passwords: list[str] = field(default_factory=list)
    earlier_names: list[str] = field(default_factory=list)
    earlier_addresses: list[str] = field(default_factory=list)
    """Mailboxes that were told things, or are."""
    names_given: int = 0

    @property
    def is_open(self) -> bool:
        return not (self.is_disabled or self.is_closed)

    @property
    def has_second_step(self) -> bool:
        return bool(self.has_factor or self.codes_that_are("fresh"))

    @property
    def has_factor(self) -> bool:
        return bool(self.phones or self.keys)

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

    def loses(self, phone: Phone) -> None:
        self.phones.remove(phone)
        self.former_phones.append(phone)

    def loses_its_second_step(self) -> None:
        for phone in list(self.phones):
            self.loses(phone)
        self.keys, self.recovery = [], None
        self.retires_codes()

    def may_recover(self, now: datetime) -> bool:
        return self.is_confirmed and (self.barred is None or now >= self.barred + BARRED_FOR)

    def recovery_at(self, now: datetime) -> Recovery | None:
        """What is asked for and was neither stopped nor made void."""
        asked = self.recovery
        if asked is None or asked.version != self.version or now >= asked.opens + OPEN_FOR:
            return None
        return asked

    def is_being_recovered(self, now: datetime) -> bool:
        """Whether its second step may be replaced now."""
        asked = self.recovery_at(now)
        return asked is not None and asked.opens <= now and self.may_recover(now)


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
    stage: str
    """"code", "first" (the first authenticator is set up), or "anew" (after a waiting time)."""
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

    def is_its_own(self, token: str, now: datetime) -> bool:
        """Whether a cookie is the browser's; a form sent twice comes with the one of before."""
        is_in_time = self.rotated is not None and now - self.rotated <= GRACE
        return token == self.token or (token == self.previous and is_in_time)


@dataclass(eq=False)
class Link:
    """From a mail."""

    token: str
    account: Account
    version: int | None
    """None: it outlives changes of the account."""
    ends: datetime
    path: str = ""
    """Where it leads, which is what it is for."""
    about: str = ""
    """An address that it is to make the account's."""
    used: bool = False

    def works(self, now: datetime) -> bool:
        is_current = self.version in (None, self.account.version)
        return not self.used and now < self.ends and is_current and not self.account.is_closed
