"""Events as the pages show them, with the present names of those whom they are about."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for
from sqlalchemy import Connection

from vestibule.admin.subjects import keys_of
from vestibule.admin_pages.access import adapter, users
from vestibule.admin_pages.event_words import said_of
from vestibule.audit.rows import StoredEvent
from vestibule.audit.words import factor_in_words
from vestibule.browser_names import browser_as_title
from vestibule.notices.values import one_line


@dataclass(frozen=True)
class Who:
    """Somebody in the log: by the present name where there is one, else as the log has it."""

    id: str
    name: str
    key: str | None
    """None where there is no such user any more."""


@dataclass(frozen=True)
class EventLine:
    id: str
    at: str
    """UTC, to the second."""
    kind: str
    what: str
    result: str
    went_well: bool
    who: Who | None
    by: Who | None
    """Where somebody else did it."""
    factor: str | None
    browser: str
    address: str
    url: str


def lines_of(connection: Connection, events: Sequence[StoredEvent]) -> list[EventLine]:
    """Each name is asked of the host once, however many events there are."""
    named = people(connection, {one for event in events for one in _ids(event)})
    return [_line(event, named) for event in events]


def people(connection: Connection, identities: Iterable[str]) -> dict[str, Who]:
    asked = set(identities)
    keys = keys_of(connection, asked)
    return {one: _who(one, keys.get(one)) for one in asked}


def _who(identity: str, key: str | None) -> Who:
    user: Any = adapter().user(key) if key else None
    if user is None or users().key(user) != key:
        return Who(identity, one_line(identity), None)
    return Who(identity, users().name(user), key)


def _ids(event: StoredEvent) -> list[str]:
    subject, actor = event.columns[5:7]
    return [one for one in (subject, actor) if one]


def _line(event: StoredEvent, named: dict[str, Who]) -> EventLine:
    _, at, kind, result, factor, subject, actor, address, browser = (
        # Somebody may have put anything there.
        one_line(one or "")
        for one in event.columns[:9]
    )
    details = event.facts if isinstance(event.facts, dict) else {}
    return EventLine(
        id=event.id,
        at=at.partition(".")[0],
        kind=kind,
        what=said_of(kind, details),
        result=result,
        went_well=result == "ok",
        who=named.get(subject),
        by=named.get(actor) if actor != subject else None,
        factor=factor_in_words(factor),
        browser=browser_as_title(browser),
        address=address,
        url=url_for("vestibule.admin_event", event=event.id),
    )
