"""Making a set of backup codes, and spending one code."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, func, insert, or_, select, update

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
).where(Row.subject_id == bindparam("subject_id"), Row.retired_at.is_(None))

KEPT_SETS = 3
"""Earlier sets whose papers are recognised; what is older is forgotten."""


class WrongBackupCode(Exception):
    """No unused backup code of the account is this one."""


class RetiredBackupCode(WrongBackupCode):
    """It opens nothing, but it was the account's own: of an earlier set."""

    def __init__(self, set_number: int) -> None:
        super().__init__()
        self.set_number = set_number


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
    set_number: int
    retired_at: datetime | None


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
    *,
    with_factor: bool = False,
) -> int:
    """Put a new set in place of the old one, all of which is dead with the commit (BC-6).

    ``with_factor`` says that an authenticator or a passkey is added in this transaction. The caller
    holds the lock on the subject, so two of these cannot leave two sets. Returns the set's number.
    """
    of_account = Row.subject_id == subject_id
    newest = connection.execute(select(func.max(Row.set_number)).where(of_account)).scalar()
    number = (newest or 0) + 1
    _retire(connection, subject_id, now)
    # A selector finds one row: where a new code has that of an old one, the old one is forgotten.
    taken = Row.selector.in_([one.selector for one in hashed])
    too_old = Row.set_number < number - KEPT_SETS
    connection.execute(delete(Row).where(of_account, or_(taken, too_old)))
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
        details={
            "set_number": number,
            "count": len(hashed),
            **({"with_factor": True} if with_factor else {}),
        },
    )
    return number


def retire_all(connection: Connection, now: datetime, subject_id: str, origin: Origin) -> None:
    """The codes go with the last factor; later sets go on counting from theirs."""
    if _retire(connection, subject_id, now):
        record(
            connection,
            now,
            EventKind.BACKUP_CODES_RETIRED,
            origin=origin,
            subject_id=subject_id,
            factor=Factor.BACKUP_CODE,
        )


def _retire(connection: Connection, subject_id: str, now: datetime) -> int:
    return connection.execute(
        update(Row)
        .where(Row.subject_id == subject_id, Row.retired_at.is_(None))
        .values(retired_at=now)
    ).rowcount


def facts(connection: Connection, subject_id: str) -> SetFacts:
    row = connection.execute(_FACTS, {"subject_id": subject_id}).one()
    return SetFacts(row[0] or 0, row[1], row[1] - row[2], row[3], row[4] is not None)


def are_current(connection: Connection, subject_id: str, codes: Collection[BackupCode]) -> bool:
    """Whether these are the codes that the account has now, by their clear parts."""
    asked = select(Row.selector).where(Row.subject_id == subject_id, Row.retired_at.is_(None))
    return set(connection.execute(asked).scalars()) == {code.selector for code in codes}


def find(connection: Connection, subject_id: str, selector: str) -> StoredCode | None:
    row = connection.execute(
        select(Row.id, Row.code_hash, Row.used_at, Row.set_number, Row.retired_at).where(
            Row.subject_id == subject_id, Row.selector == selector
        )
    ).first()
    return StoredCode(*row) if row else None


def check(slot: Slot, stored: StoredCode | None, code: BackupCode) -> StoredCode:
    """Compare, at the cost of one hash whether or not the selector is known.

    Raises :class:`WrongBackupCode`, :class:`BackupCodeUsed`, or, to whoever holds the whole of an
    old code, :class:`RetiredBackupCode`.
    """
    right = slot.verify(stored.code_hash if stored else None, code.secret)
    if stored is None or not right:
        raise WrongBackupCode
    if stored.retired_at is not None:
        raise RetiredBackupCode(stored.set_number)
    if stored.used_at is not None:
        raise BackupCodeUsed
    return stored


def spend_code(
    connection: Connection, subject_id: str, stored: StoredCode, now: datetime, origin: Origin
) -> None:
    """Spend one code with one conditional UPDATE (BC-3); raises :class:`BackupCodeUsed`."""
    unspent = [Row.id == stored.id, Row.used_at.is_(None), Row.retired_at.is_(None)]
    if not claim(connection, Row, unspent, used_at=now):
        raise BackupCodeUsed
    record(
        connection,
        now,
        EventKind.BACKUP_CODE_USED,
        origin=origin,
        subject_id=subject_id,
        factor=Factor.BACKUP_CODE,
        details={"code": stored.id, "left": facts(connection, subject_id).left},
    )


def mark_saved(connection: Connection, subject_id: str, now: datetime, origin: Origin) -> None:
    """Note that the person said the codes are saved."""
    changed = connection.execute(
        update(Row)
        .where(Row.subject_id == subject_id, Row.saved_at.is_(None), Row.retired_at.is_(None))
        .values(saved_at=now)
    ).rowcount
    if changed:
        record(connection, now, EventKind.BACKUP_CODES_SAVED, origin=origin, subject_id=subject_id)
