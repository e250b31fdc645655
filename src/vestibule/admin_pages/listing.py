"""A page of accounts: of the host's users those that a filter wants, each with its facts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from vestibule.admin.facts import AccountFacts, of_users
from vestibule.admin_pages.access import adapter, users
from vestibule.texts import Text
from vestibule.web.request_state import runtime

PAGE = 50
BATCH = 200
MOST_LOOKED_AT = 1000
"""Accounts that one page of a filter looks at, however few of them it finds: the next page goes on
there. So no page costs more with a million accounts than with a thousand."""

FILTERS = {
    "no-second-step": Text("No second step"),
    "no-codes": Text("No backup codes left"),
    "cooling-off": Text("Has to wait after wrong tries"),
    "disabled": Text("Disabled"),
}


@dataclass(frozen=True)
class Line:
    """An account as the list shows it."""

    user: Any
    key: str
    name: str
    facts: AccountFacts | None
    """None for a user who never was here."""
    is_disabled: bool

    def is_wanted(self, only: str) -> bool:
        facts = self.facts
        match only:
            case "no-second-step":
                return facts is None or not facts.has_second_step
            case "no-codes":
                return facts is not None and facts.has_second_step and not facts.backup_codes_left
            case "cooling-off":
                return facts is not None and facts.cool_off_until is not None
            case "disabled":
                return self.is_disabled
        return True


@dataclass(frozen=True)
class Listed:
    lines: Sequence[Line]
    goes_on_after: str | None
    """The name that the next page begins after; None where nobody is left."""


def listed(typed: str, only: str, after: str) -> Listed:
    """The accounts that begin with what was typed, in the order of their names."""
    found, looked_at = list[Line](), 0
    size = PAGE if only not in FILTERS else BATCH
    while looked_at < MOST_LOOKED_AT:
        # One more than is shown tells whether anybody is left.
        some = list(adapter().users(typed, after, size + 1))
        looked_through = [
            # Their facts would be read for nothing.
            user
            for user in some[:size]
            if only != "disabled" or adapter().is_disabled(user)
        ]
        for line in lines_of(looked_through):
            if len(found) == PAGE:
                return Listed(found, after)
            after = line.name
            if line.is_wanted(only):
                found.append(line)
        after = users().name(some[:size][-1]) if some else after
        looked_at += size
        if len(some) <= size:
            return Listed(found, None)
        if only not in FILTERS:
            break
    return Listed(found, after)


def lines_of(some: Sequence[Any]) -> list[Line]:
    named = [(user, users().key(user)) for user in some]
    facts = of_users(runtime().services, [key for _, key in named])
    return [
        Line(user, key, users().name(user), facts.get(key), adapter().is_disabled(user))
        for user, key in named
    ]
