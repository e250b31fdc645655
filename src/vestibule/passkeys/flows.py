"""Challenges and passkeys: made, found, used; inside the caller's transaction."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, delete, insert, select, update

from vestibule.audit.flows import record
from vestibule.audit.values import EventKind, Factor, Origin, Result
from vestibule.foundation.guarded_writes import claim, insert_new
from vestibule.foundation.purging import delete_over
from vestibule.foundation.tokens import new_id, token_key
from vestibule.passkeys.models import Passkey, PasskeyChallenge
from vestibule.passkeys.values import (
    CHALLENGE_BYTES,
    CHALLENGE_LIFETIME,
    HANDLE_BYTES,
    MOST_PASSKEYS,
    PasskeyRefused,
    Purpose,
    TooManyPasskeys,
    Why,
    counter_went_back,
)
from vestibule.passkeys.verifying import NewPasskey, Shown
from vestibule.subjects.flows import SubjectSeen
from vestibule.subjects.models import Subject

_COLUMNS = (
    Passkey.id,
    Passkey.name,
    Passkey.credential_id,
    Passkey.public_key,
    Passkey.sign_count,
    Passkey.transports,
    Passkey.backup_eligible,
    Passkey.backed_up,
    Passkey.stands_alone,
    Passkey.created_at,
    Passkey.last_used_at,
    Passkey.copied,
)
_OF_SUBJECT = (
    select(*_COLUMNS)
    .where(Passkey.subject_id == bindparam("subject_id"))
    .order_by(Passkey.created_at, Passkey.id)
)
_FIND = (
    select(
        *_COLUMNS,
        Subject.id.label("subject_id"),
        Subject.version,
        Subject.user_id,
        Subject.passkey_handle,
    )
    .join(Subject, Subject.id == Passkey.subject_id)
    .where(Passkey.credential_id == bindparam("credential_id"), Subject.closed == "")
)


@dataclass(frozen=True)
class StoredPasskey:
    """A passkey of an account."""

    id: str
    name: str
    credential_id: bytes
    public_key: bytes
    sign_count: int
    transports: str
    backup_eligible: bool
    backed_up: bool
    stands_alone: bool
    created_at: datetime
    last_used_at: datetime | None
    copied: bool


@dataclass(frozen=True)
class Owned:
    """A passkey, and whose it is as it was seen."""

    passkey: StoredPasskey
    subject: SubjectSeen
    user_id: str
    handle: bytes | None


def of_subject(connection: Connection, subject_id: str) -> list[StoredPasskey]:
    rows = connection.execute(_OF_SUBJECT, {"subject_id": subject_id})
    return [_stored(row) for row in rows]


def _stored(row: Any) -> StoredPasskey:
    return StoredPasskey(*tuple(row)[: len(_COLUMNS)])


def find(connection: Connection, credential_id: bytes) -> Owned | None:
    """The passkey with this id, whosever, if the account is open."""
    row = connection.execute(_FIND, {"credential_id": credential_id}).first()
    if row is None:
        return None
    return Owned(
        _stored(row), SubjectSeen(row.subject_id, row.version), row.user_id, row.passkey_handle
    )


def handle_of(connection: Connection, subject_id: str) -> bytes:
    """The random bytes by which passkeys know the account, made where there are none (WA-6)."""
    unmade: list[ColumnElement[bool]] = [
        Subject.id == subject_id,
        Subject.passkey_handle.is_(None),
    ]
    claim(connection, Subject, unmade, passkey_handle=secrets.token_bytes(HANDLE_BYTES))
    found = connection.execute(select(Subject.passkey_handle).where(Subject.id == subject_id))
    return found.scalar_one() or b""


def new_challenge(
    connection: Connection, now: datetime, purpose: Purpose, holder: str, subject_id: str | None
) -> bytes:
    """Random bytes that wait for one answer: for this purpose, from this holder alone (L35)."""
    challenge = secrets.token_bytes(CHALLENGE_BYTES)
    connection.execute(
        insert(PasskeyChallenge).values(
            id=_key(challenge),
            purpose=purpose.value,
            holder=holder,
            subject_id=subject_id,
            ends_at=now + CHALLENGE_LIFETIME,
        )
    )
    return challenge


def take_challenge(
    connection: Connection, now: datetime, challenge: bytes, purpose: Purpose, holder: str
) -> bool:
    """Whether it waits for this answer. Asking uses it up: of 50 at once one hears yes."""
    taken = connection.execute(
        delete(PasskeyChallenge).where(
            PasskeyChallenge.id == _key(challenge),
            PasskeyChallenge.purpose == purpose.value,
            PasskeyChallenge.holder == holder,
            PasskeyChallenge.ends_at > now,
        )
    )
    return taken.rowcount == 1


def _key(challenge: bytes) -> str:
    return token_key(challenge.hex())


def add(
    connection: Connection,
    now: datetime,
    subject_id: str,
    passkey: NewPasskey,
    name: str,
    origin: Origin,
) -> None:
    """Give a verified passkey to an account, whose lock the caller holds.

    Raises :class:`TooManyPasskeys`, and :class:`PasskeyRefused` where somebody has it (WA-5).
    """
    if len(of_subject(connection, subject_id)) >= MOST_PASSKEYS:
        raise TooManyPasskeys
    identity = new_id()
    if not insert_new(
        connection,
        Passkey,
        id=identity,
        subject_id=subject_id,
        name=name,
        credential_id=passkey.credential_id,
        public_key=passkey.public_key,
        sign_count=passkey.sign_count,
        transports=" ".join(passkey.transports),
        backup_eligible=passkey.backup_eligible,
        backed_up=passkey.backed_up,
        stands_alone=True,
        created_at=now,
        copied=False,
    ):
        raise PasskeyRefused(Why.TAKEN)
    record(
        connection,
        now,
        EventKind.PASSKEY_ADDED,
        origin=origin,
        subject_id=subject_id,
        factor=Factor.PASSKEY,
        details={"passkey": identity, "backed_up": passkey.backed_up},
    )


def use(
    connection: Connection,
    now: datetime,
    subject_id: str,
    stored: StoredPasskey,
    shown: Shown,
    origin: Origin,
) -> bool:
    """Write down that a passkey was used, in the transaction that its answer opens.

    False where it was used or removed since it was seen: then nothing may be opened. A counter that
    went back is not followed, and is told in an event.
    """
    went_back = counter_went_back(stored.sign_count, shown.sign_count)
    used = [
        Passkey.id == stored.id,
        Passkey.subject_id == subject_id,
        Passkey.sign_count == stored.sign_count,
        Passkey.copied == stored.copied,
    ]
    values = {"backed_up": shown.backed_up, "last_used_at": now}
    if went_back:
        values["copied"] = True
    else:
        values["sign_count"] = shown.sign_count
    if not claim(connection, Passkey, used, **values):
        return False
    if went_back:
        _tell_of_counter(connection, now, subject_id, stored, shown, origin, Result.OK)
    return True


def close_copies(
    connection: Connection,
    now: datetime,
    subject_id: str,
    stored: StoredPasskey,
    shown: Shown,
    origin: Origin,
) -> None:
    """Write down that a counter went back and nothing was opened; what is under way with the other
    one ends too.
    """
    claim(connection, Passkey, [Passkey.id == stored.id], copied=True)
    _tell_of_counter(connection, now, subject_id, stored, shown, origin, Result.REFUSED)


def _tell_of_counter(
    connection: Connection,
    now: datetime,
    subject_id: str,
    stored: StoredPasskey,
    shown: Shown,
    origin: Origin,
    result: Result,
) -> None:
    """There may be two of this passkey (WA-7)."""
    record(
        connection,
        now,
        EventKind.PASSKEY_COUNTER,
        origin=origin,
        subject_id=subject_id,
        factor=Factor.PASSKEY,
        result=result,
        details={"passkey": stored.id, "stored": stored.sign_count, "shown": shown.sign_count},
    )


def let_none_stand_alone(connection: Connection, subject_id: str) -> None:
    """From now on the account's passkeys are a second step only."""
    connection.execute(
        update(Passkey).where(Passkey.subject_id == subject_id).values(stands_alone=False)
    )


def purge(connection: Connection, now: datetime) -> int:
    """Delete challenges that nobody answered in time."""
    return delete_over(connection, PasskeyChallenge, PasskeyChallenge.ends_at <= now)
