"""Whom the random ids in the log stand for."""

from collections.abc import Collection

from sqlalchemy import Connection, select

from vestibule.subjects.models import Subject


def is_subject(connection: Connection, identity: str) -> bool:
    found = select(Subject.id).where(Subject.id == identity)
    return connection.execute(found).first() is not None


def keys_of(connection: Connection, identities: Collection[str]) -> dict[str, str]:
    """What the host knows the users by; without those who are gone."""
    found = select(Subject.id, Subject.user_id).where(
        Subject.id.in_(identities), Subject.closed == ""
    )
    return {row.id: row.user_id for row in connection.execute(found)}
