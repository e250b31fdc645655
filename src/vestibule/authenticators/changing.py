"""Renaming and removing authenticators, inside the caller's transaction and under its lock."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, delete

from vestibule.audit.flows import record
from vestibule.audit.values import Details, EventKind, Factor, Origin
from vestibule.authenticators.flows import StoredAuthenticator, of_subject, usable
from vestibule.authenticators.models import Authenticator
from vestibule.foundation.database import claim


class NoSuchAuthenticator(Exception):
    """The account has no such authenticator, or not any more."""


def one_of(stored: Sequence[StoredAuthenticator], identity: str) -> StoredAuthenticator:
    """The account's own with this id; raises :class:`NoSuchAuthenticator`. Not every text that
    somebody sends can be asked of a database.
    """
    for one in stored:
        if one.id == identity:
            return one
    raise NoSuchAuthenticator


def going_with(stored: Sequence[StoredAuthenticator], identity: str) -> list[str]:
    """What goes when this authenticator is removed.

    With the last that works go those that are switched off: they would ask for codes that nothing
    can show. Raises :class:`NoSuchAuthenticator`.
    """
    if usable(stored) == [one_of(stored, identity)]:
        return [each.id for each in stored]
    return [identity]


def remove(
    connection: Connection,
    now: datetime,
    subject_id: str,
    identities: Collection[str],
    origin: Origin,
    kind: EventKind = EventKind.AUTHENTICATOR_REMOVED,
) -> None:
    """Delete all or none (:class:`NoSuchAuthenticator`); the codes are dead with the commit."""
    _remove(connection, now, subject_id, identities, origin, kind, {})


def remove_all(connection: Connection, now: datetime, subject_id: str, origin: Origin) -> None:
    """Delete every authenticator of an account, with what another event tells as a whole."""
    identities = [one.id for one in of_subject(connection, subject_id)]
    kind, details = EventKind.AUTHENTICATOR_REMOVED, {"all": True}
    _remove(connection, now, subject_id, identities, origin, kind, details)


def _remove(
    connection: Connection,
    now: datetime,
    subject_id: str,
    identities: Collection[str],
    origin: Origin,
    kind: EventKind,
    details: Details,
) -> None:
    gone = connection.execute(
        delete(Authenticator).where(
            Authenticator.id.in_(identities), Authenticator.subject_id == subject_id
        )
    ).rowcount
    if gone != len(identities):
        raise NoSuchAuthenticator
    for identity in identities:
        record(
            connection,
            now,
            kind,
            origin=origin,
            subject_id=subject_id,
            factor=Factor.TOTP,
            details={"authenticator": identity, **details},
        )


def rename(
    connection: Connection, now: datetime, subject_id: str, identity: str, name: str, origin: Origin
) -> None:
    """Give one another name, checked by the caller. Raises :class:`NoSuchAuthenticator`."""
    own = [Authenticator.id == identity, Authenticator.subject_id == subject_id]
    if not claim(connection, Authenticator, own, name=name):
        raise NoSuchAuthenticator
    record(
        connection,
        now,
        EventKind.AUTHENTICATOR_RENAMED,
        origin=origin,
        subject_id=subject_id,
        factor=Factor.TOTP,
        details={"authenticator": identity},
    )
