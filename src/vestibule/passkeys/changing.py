"""Renaming and removing passkeys, inside the caller's transaction and under its lock."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete

from vestibule.audit.flows import record
from vestibule.audit.values import Details, EventKind, Factor, Origin
from vestibule.foundation.guarded_writes import claim
from vestibule.passkeys.flows import StoredPasskey, of_subject
from vestibule.passkeys.models import Passkey


class NoSuchPasskey(Exception):
    """The account has no such passkey, or not any more."""


def one_of(stored: Sequence[StoredPasskey], identity: str) -> StoredPasskey:
    """The account's own with this id; raises :class:`NoSuchPasskey`. Not every text that somebody
    sends can be asked of a database.
    """
    for one in stored:
        if one.id == identity:
            return one
    raise NoSuchPasskey


def remove(
    connection: Connection, now: datetime, subject_id: str, identity: str, origin: Origin
) -> None:
    """Delete one; it is dead with the commit. Raises :class:`NoSuchPasskey`."""
    _remove(connection, now, subject_id, identity, origin, {})


def remove_all(connection: Connection, now: datetime, subject_id: str, origin: Origin) -> None:
    """Delete every passkey of an account, with what another event tells as a whole."""
    for one in of_subject(connection, subject_id):
        _remove(connection, now, subject_id, one.id, origin, {"all": True})


def _remove(
    connection: Connection,
    now: datetime,
    subject_id: str,
    identity: str,
    origin: Origin,
    details: Details,
) -> None:
    own = [Passkey.id == identity, Passkey.subject_id == subject_id]
    if connection.execute(delete(Passkey).where(*own)).rowcount != 1:
        raise NoSuchPasskey
    record(
        connection,
        now,
        EventKind.PASSKEY_REMOVED,
        origin=origin,
        subject_id=subject_id,
        factor=Factor.PASSKEY,
        details={"passkey": identity, **details},
    )


def rename(
    connection: Connection, now: datetime, subject_id: str, identity: str, name: str, origin: Origin
) -> None:
    """Give one another name, checked by the caller. Raises :class:`NoSuchPasskey`."""
    own = [Passkey.id == identity, Passkey.subject_id == subject_id]
    if not claim(connection, Passkey, own, name=name):
        raise NoSuchPasskey
    record(
        connection,
        now,
        EventKind.PASSKEY_RENAMED,
        origin=origin,
        subject_id=subject_id,
        factor=Factor.PASSKEY,
        details={"passkey": identity},
    )
