"""The facts about accounts that an administrator needs; never a secret, nor a hash of one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, select

from vestibule.audit.models import Event
from vestibule.audit.values import EventKind
from vestibule.authenticators.models import Authenticator
from vestibule.backup_codes.models import BackupCode
from vestibule.foundation.budget_rows import BudgetRow
from vestibule.foundation.services import Services
from vestibule.notices.values import Contact
from vestibule.passkeys.models import Passkey
from vestibule.recovery.models import Recovery
from vestibule.recovery.values import BARRED_FOR
from vestibule.signin.schedule import (
    BACKUP_CODE_ACCOUNT,
    CODE_ACCOUNT,
    CODE_STRANGERS,
    PASSWORD_ACCOUNT,
)
from vestibule.subjects.flows import SubjectSeen
from vestibule.subjects.models import Subject

BATCH = 500
_OF_SUBJECT = (CODE_ACCOUNT, CODE_STRANGERS, BACKUP_CODE_ACCOUNT)


@dataclass(frozen=True)
class AskedRecovery:
    """A recovery that was asked for and is not void."""

    asked_at: datetime
    opens_at: datetime
    ends_at: datetime
    address: str


@dataclass(frozen=True)
class AccountFacts:
    """What stands in the tables about one account."""

    user_id: str
    seen: SubjectSeen
    name: str
    """As the site called it last in a notice; "" where there was none."""
    authenticators: int
    switched_off: int
    """How many of them are disabled after too many wrong codes."""
    passkeys: int
    backup_codes_left: int
    last_sign_in: datetime | None
    cool_off_until: datetime | None
    """Until then strangers' passwords or codes are refused; known browsers have their own."""
    codes_closed: bool
    """Whether browsers that never signed in may try no codes, until somebody opens that again."""
    recovery: AskedRecovery | None
    recovery_barred_until: datetime | None

    @property
    def has_second_step(self) -> bool:
        return self.authenticators > 0 or self.passkeys > 0


def all_accounts(services: Services) -> Iterator[AccountFacts]:
    """Every account, the oldest first, read in batches."""
    after = ""
    while True:
        with services.database.read() as connection:
            rows = connection.execute(_subjects().where(Subject.id > after).limit(BATCH)).all()
            yield from _facts(connection, services, rows)
        if len(rows) < BATCH:
            return
        after = rows[-1].id


def of_user(services: Services, user_id: str) -> AccountFacts | None:
    """The facts about one user of the host; None for one who never was here."""
    with services.database.read() as connection:
        rows = connection.execute(_subjects().where(Subject.user_id == user_id)).all()
        return next(_facts(connection, services, rows), None)


def of_users(services: Services, user_ids: Sequence[str]) -> dict[str, AccountFacts]:
    """By user of the host, for those who ever were here."""
    with services.database.read() as connection:
        rows = connection.execute(_subjects().where(Subject.user_id.in_(user_ids))).all()
        return {facts.user_id: facts for facts in _facts(connection, services, rows)}


def _subjects() -> Any:
    return (
        select(
            Subject.id,
            Subject.user_id,
            Subject.version,
            Subject.contact,
            Subject.recovery_barred_at,
        )
        .where(Subject.closed == "")
        .order_by(Subject.id)
    )


def _facts(
    connection: Connection, services: Services, subjects: Sequence[Row[Any]]
) -> Iterator[AccountFacts]:
    now, ids = services.clock.now(), [one.id for one in subjects]
    factors = _by_subject(
        connection,
        select(Authenticator.subject_id, func.count(), func.count(Authenticator.disabled_at))
        .where(Authenticator.subject_id.in_(ids))
        .group_by(Authenticator.subject_id),
    )
    passkeys = _by_subject(
        connection,
        select(Passkey.subject_id, func.count())
        .where(Passkey.subject_id.in_(ids))
        .group_by(Passkey.subject_id),
    )
    codes = _by_subject(
        connection,
        select(BackupCode.subject_id, func.count())
        .where(
            BackupCode.subject_id.in_(ids),
            BackupCode.retired_at.is_(None),
            BackupCode.used_at.is_(None),
        )
        .group_by(BackupCode.subject_id),
    )
    # The newest first and no further: an account may have a million events.
    newest = (
        select(Event.at)
        .where(Event.subject_id == Subject.id, Event.kind == EventKind.SIGNED_IN.value)
        .order_by(Event.at.desc())
        .limit(1)
        .scalar_subquery()
    )
    signed_in = _by_subject(connection, select(Subject.id, newest).where(Subject.id.in_(ids)))
    asked = _by_subject(
        connection,
        select(
            Recovery.subject_id,
            Recovery.version,
            Recovery.asked_at,
            Recovery.opens_at,
            Recovery.ends_at,
            Recovery.address,
        ).where(Recovery.subject_id.in_(ids), Recovery.ends_at > now),
    )
    keys = {one.id: services.keyring.mac("account", one.user_id) for one in subjects}
    budgets = _budgets(connection, [*ids, *keys.values()])
    for one in subjects:
        count, off = factors.get(one.id, (0, 0))
        recovery = asked.get(one.id)
        spent = [budgets.get((budget.kind, one.id)) for budget in _OF_SUBJECT]
        spent.append(budgets.get((PASSWORD_ACCOUNT.kind, keys[one.id])))
        blocked = [row.blocked_until for row in spent if row and row.blocked_until]
        strangers = budgets.get((CODE_STRANGERS.kind, one.id))
        yield AccountFacts(
            user_id=one.user_id,
            seen=SubjectSeen(one.id, one.version),
            name=Contact.from_text(one.contact).name,
            authenticators=count,
            switched_off=off,
            passkeys=passkeys.get(one.id, (0,))[0],
            backup_codes_left=codes.get(one.id, (0,))[0],
            last_sign_in=signed_in.get(one.id, (None,))[0],
            cool_off_until=max((until for until in blocked if until > now), default=None),
            codes_closed=bool(
                strangers and count > off and strangers.count + count - off > CODE_STRANGERS.limit
            ),
            recovery=AskedRecovery(*recovery[1:])
            if recovery and recovery[0] == one.version
            else None,
            recovery_barred_until=_later(one.recovery_barred_at, BARRED_FOR, now),
        )


def _later(since: datetime | None, length: timedelta, now: datetime) -> datetime | None:
    return since + length if since is not None and since + length > now else None


def _by_subject(connection: Connection, statement: Any) -> dict[str, tuple[Any, ...]]:
    return {row[0]: tuple(row[1:]) for row in connection.execute(statement)}


def _budgets(connection: Connection, subjects: Sequence[str]) -> dict[tuple[str, str], Row[Any]]:
    kinds = [one.kind for one in (*_OF_SUBJECT, PASSWORD_ACCOUNT)]
    rows = connection.execute(
        select(BudgetRow.__table__).where(
            BudgetRow.kind.in_(kinds), BudgetRow.subject.in_(subjects)
        )
    )
    return {(row.kind, row.subject): row for row in rows}
