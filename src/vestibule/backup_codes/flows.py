"""Making a set of backup codes, and spending one code."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from vestibule.audit.flows import record
from vestibule.audit.values import EventKind, Factor, Origin
from vestibule.backup_codes.models import BackupCode as Row
from vestibule.backup_codes.values import BackupCode
from vestibule.foundation.database import claim
from vestibule.foundation.hashing import Slot
from vestibule.foundation.tokens import new_id

_FACTS = select(
    func.max(Row.set_number),
    func.count(),
    func.count(Row.used_at),
    func.max(Row.made_at),
    func.max(Row.saved_at),
).where(Row.subject_id == bindparam("subject_id"))


class WrongBackupCode(Exception):
    """No unused backup code of the account is this one."""


class BackupCodeUsed(Exception):
    """The backup code was right, but it is spent."""


@dataclass(frozen=True)
class HashedCode:
    selector: str
    code_hash: str


@dataclass(frozen=True)
class StoredCode:
    id: str
    code_hash: str
    used_at: datetime | None


@dataclass(frozen=True)
class SetFacts:
    """What may be shown of a set after it was shown: never a code."""

    set_number: int
    total: int
    left: int
    made_at: datetime | None
    saved: bool


def hash_set(slot: Slot, codes: Sequence[BackupCode]) -> list[HashedCode]:
    """Hash a new set: a second or so of work, done before any transaction begins."""
    return [HashedCode(code.selector, slot.hash(code.secret)) for code in codes]


def replace_set(
    connection: Connection,
    now: datetime,
    subject_id: str,
    hashed: Sequence[HashedCode],
    origin: Origin,
) -> int:
    """Put a new set in place of the old one, all of which is dead with the commit (BC-6).

    The caller holds the lock on the subject, so two of these cannot leave two sets. Returns the
    number of the set.
    """
    number = facts(connection, subject_id).set_number + 1
    connection.execute(delete(Row).where(Row.subject_id == subject_id))
    connection.execute(
        insert(Row),
        [
            {
                "id": new_id(),
                "subject_id": subject_id,
                "set_number": number,
                "selector": one.selector,
                "code_hash": one.code_hash,
                "made_at": now,
            }
            for one in hashed
        ],
    )
    record(
        connection,
        now,
        EventKind.BACKUP_CODES_MADE,
        origin=origin,
        subject_id=subject_id,
        factor=Factor.BACKUP_CODE,
        details={"set_number": number, "count": len(hashed)},
    )
    return number


def facts(connection: Connection, subject_id: str) -> SetFacts:
    row = connection.execute(_FACTS, {"subject_id": subject_id}).one()
    return SetFacts(row[0] or 0, row[1], row[1] - row[2], row[3], row[4] is not None)


def find(connection: Connection, subject_id: str, selector: str) -> StoredCode | None:
    row = connection.execute(
        select(Row.id, Row.code_hash, Row.used_at).where(
            Row.subject_id == subject_id, Row.selector == selector
        )
    ).first()
    return StoredCode(row.id, row.code_hash, row.used_at) if row else None


def check(slot: Slot, stored: StoredCode | None, code: BackupCode) -> StoredCode:
    """Compare, at the cost of one hash whether or not the selector is known.

    Raises :class:`WrongBackupCode` or :class:`BackupCodeUsed`.
    """
    right = slot.verify(stored.code_hash if stored else None, code.secret)
    if stored is None or not right:
        raise WrongBackupCode
    if stored.used_at is not None:
        raise BackupCodeUsed
    return stored


def spend_code(
    connection: Connection, subject_id: str, stored: StoredCode, now: datetime, origin: Origin
) -> None:
    """Spend one code with one conditional UPDATE (BC-3); raises :class:`BackupCodeUsed`."""
    if not claim(connection, Row, [Row.id == stored.id, Row.used_at.is_(None)], used_at=now):
        raise BackupCodeUsed
    record(
        connection,
        now,
        EventKind.BACKUP_CODE_USED,
        origin=origin,
        subject_id=subject_id,
        factor=Factor.BACKUP_CODE,
        details={"code": stored.id},
    )


def mark_saved(connection: Connection, subject_id: str, now: datetime, origin: Origin) -> None:
    """Note that the person said the codes are saved."""
    changed = connection.execute(
        update(Row).where(Row.subject_id == subject_id, Row.saved_at.is_(None)).values(saved_at=now)
    ).rowcount
    if changed:
        record(connection, now, EventKind.BACKUP_CODES_SAVED, origin=origin, subject_id=subject_id)
