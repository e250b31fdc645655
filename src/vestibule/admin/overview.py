"""How the site does, in numbers that cost the same with a million accounts as with a thousand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, and_, case, exists, func, select

from vestibule.audit.counting import counted_until, counts_since
from vestibule.audit.values import EventKind
from vestibule.authenticators.models import Authenticator
from vestibule.backup_codes.models import BackupCode
from vestibule.foundation.budget_rows import BudgetRow
from vestibule.foundation.services import Services
from vestibule.recovery.listing import how_many
from vestibule.signin.schedule import BACKUP_CODE_ACCOUNT, CODE_STRANGERS, PASSWORD_ACCOUNT
from vestibule.subjects.models import Subject

DAYS = 14
SAMPLE = 1000
"""Accounts that shares are taken of. Their ids are random, so the first ones by id are as good as
drawn by lot: within 3 of 100 of what all would say."""
MOST = 1000
"""Where more than that wait, that is all that is said."""


@dataclass(frozen=True)
class Day:
    day: date
    counts: Mapping[EventKind, int]


@dataclass(frozen=True)
class Shares:
    looked_at: int
    is_sample: bool
    with_second_step: int
    without_codes: int
    """Of those with a second step."""


@dataclass(frozen=True)
class Overview:
    days: Sequence[Day]
    """The last one is today, UTC."""
    counted_until: datetime | None
    shares: Shares
    password_waits: int
    """Accounts; as the rest no further than one beyond :data:`MOST`."""
    code_waits: int
    recoveries: int


def overview(services: Services, kinds: Sequence[EventKind]) -> Overview:
    """Raises ``Unavailable``."""
    now = services.clock.now()
    with services.database.read() as connection:
        return Overview(
            days=_days(connection, now.date(), kinds),
            counted_until=counted_until(connection),
            shares=_shares(connection),
            password_waits=_waits(connection, now, PASSWORD_ACCOUNT.kind),
            code_waits=_waits(connection, now, CODE_STRANGERS.kind, BACKUP_CODE_ACCOUNT.kind),
            recoveries=how_many(connection, now, most=MOST + 1),
        )


def _days(connection: Connection, today: date, kinds: Sequence[EventKind]) -> list[Day]:
    days = [today - timedelta(days=back) for back in reversed(range(DAYS))]
    counts = counts_since(connection, days[0])
    return [
        Day(one, {kind: counts.get((one.isoformat(), kind), 0) for kind in kinds}) for one in days
    ]


def _shares(connection: Connection) -> Shares:
    some = select(Subject.id).where(Subject.closed == "").order_by(Subject.id)
    looked_at = some.limit(SAMPLE).subquery()
    has_step = exists().where(Authenticator.subject_id == looked_at.c.id)
    has_codes = exists().where(
        BackupCode.subject_id == looked_at.c.id,
        BackupCode.retired_at.is_(None),
        BackupCode.used_at.is_(None),
    )
    counts = connection.execute(
        select(
            func.count(),
            func.count(case((has_step, 1))),
            func.count(case((and_(has_step, ~has_codes), 1))),
        ).select_from(looked_at)
    ).one()
    is_sample = connection.execute(some.offset(SAMPLE).limit(1)).first() is not None
    return Shares(counts[0], is_sample, counts[1], counts[2])


def _waits(connection: Connection, now: datetime, *kinds: str) -> int:
    some = select(BudgetRow.subject).where(BudgetRow.kind.in_(kinds), BudgetRow.blocked_until > now)
    # An account may have to wait for both kinds of code.
    waiting = {*connection.execute(some.limit(2 * MOST + 2)).scalars()}
    return min(len(waiting), MOST + 1)
