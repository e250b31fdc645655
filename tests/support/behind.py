"""What the database of a running site holds about one person."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.support.person import Person
from tests.support.running_site import RunningSite


def subject_of(site: RunningSite, person: Person) -> str:
    """The id of the person's row in our tables."""
    rows = site.rows(
        "SELECT subject.id FROM vestibule_subject AS subject"
        " JOIN account ON account.id = subject.user_id WHERE account.username = :name",
        name=person.username,
    )
    found: str = rows[0]["id"]
    return found


def events_of(
    site: RunningSite, person: Person, kind: str, factor: str | None = None
) -> list[dict[str, Any]]:
    """The person's events of one kind, and of one factor where it is named; oldest first."""
    subject = subject_of(site, person)
    return [
        event
        for event in site.events(kind)
        if event["subject_id"] == subject and factor in (None, event["factor"])
    ]


def rows_of(site: RunningSite, person: Person, table: str) -> list[dict[str, Any]]:
    """The person's rows in one of our tables."""
    return site.rows(
        f"SELECT * FROM {table} WHERE subject_id = :subject",  # noqa: S608 - a name of ours
        subject=subject_of(site, person),
    )


def sessions_of(site: RunningSite, person: Person) -> list[dict[str, Any]]:
    return rows_of(site, person, "vestibule_session")


def revokes(site: RunningSite, person: Person) -> None:
    """What a password change, a changed factor or an administrator does to the person's row."""
    site.rows(
        "UPDATE vestibule_subject SET version = version + 1 WHERE id = :subject",
        subject=subject_of(site, person),
    )


def instant(value: datetime | str) -> datetime:
    """A time of a row; SQLite keeps it as text."""
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    return found if found.tzinfo else found.replace(tzinfo=UTC)
