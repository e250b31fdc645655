"""Budgets: how many tries of a kind are taken before the next is refused (RL-2, 3, 4, 11).

A try is taken by an atomic, committed write *before* the secret is compared (promise P3), and the
database decides it in one statement: parallel requests, restarts and other workers buy nothing.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import NamedTuple

from sqlalchemy import (
    Connection,
    Integer,
    and_,
    bindparam,
    case,
    delete,
    literal,
    null,
    or_,
    select,
    update,
)

from vestibule.foundation.again import again
from vestibule.foundation.budget_rows import BudgetRow as BudgetRow
from vestibule.foundation.budget_rows import Schedule, take
from vestibule.foundation.database import Database, UtcDateTime
from vestibule.foundation.purging import delete_over

# Made once: each runs in every sign-in, and building a statement costs as much as running it.
_ITS_ROW = and_(
    BudgetRow.kind == bindparam("of_kind"), BudgetRow.subject == bindparam("of_subject")
)
_LEFT = BudgetRow.count - bindparam("cost", type_=Integer)
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_GIVE_BACK = (
    update(BudgetRow)
    .where(_ITS_ROW)
    .values(
        count=case((_LEFT > 0, _LEFT), else_=0),
        blocked_until=case(
            (bindparam("first", type_=Integer) > _LEFT, null()), else_=BudgetRow.blocked_until
        ),
        # Of a count in a row nothing is left: it is over, as the purge sees it.
        window_ends=case(
            (and_(_LEFT <= 0, BudgetRow.window_ends.is_(None)), literal(_LONG_AGO, UtcDateTime)),
            else_=BudgetRow.window_ends,
        ),
    )
)
_CLEAR = delete(BudgetRow).where(_ITS_ROW)


@dataclass(frozen=True)
class Budget:
    """A limit on tries. A budget that gets or loses its window needs a new kind."""

    kind: str
    reason: str  # stands in the docs' table (RL-1)
    limit: int  # more units than this are never taken, within the window or in a row
    window: timedelta | None  # None: counts in a row, until `clear`
    cool_offs: tuple[tuple[int, timedelta], ...] = ()  # (from this count on, wait so long), rising

    def __post_init__(self) -> None:
        if not 0 < len(self.kind) <= 40 or self.limit < 0:
            raise ValueError("a budget has a kind of 1 to 40 characters and a limit of 0 or more")
        starts = [start for start, _ in self.cool_offs]
        if starts != sorted(set(starts)):
            raise ValueError(f"the cool-offs of {self.kind} must be listed by rising counts")

    @cached_property
    def schedule(self) -> Schedule:
        """What its rows are taken by."""
        return Schedule(self.kind, self.limit, self.window, self.cool_offs)

    def cool_off_after(self, count: int) -> timedelta:
        """How long no further try is allowed after the one that brought the count here (RL-3)."""
        waits = [wait for start, wait in self.cool_offs if count >= start]
        return waits[-1] if waits else timedelta(0)


@dataclass(frozen=True)
class Try:
    """Units to take from a subject's budget. What a stranger typed goes through `Keyring.mac`."""

    budget: Budget
    subject: str
    cost: int = 1

    def __post_init__(self) -> None:
        text = self.subject
        if not (0 < len(text) <= 128 and text.isascii() and text.isprintable()):
            raise ValueError("a budget's subject is 1 to 128 printable ASCII characters")
        if self.cost < 1:
            raise ValueError("a try costs at least one unit")

    @property
    def key(self) -> tuple[str, str]:
        """The primary key of its row; rows are always taken in this order."""
        return self.budget.kind, self.subject


class Allowed(NamedTuple):
    """All tries were taken."""

    counts: Mapping[str, int]  # kind: count after it (the highest, where several have one kind)


class Refused(NamedTuple):
    """No try was taken."""

    kind: str
    retry_at: datetime | None  # None: closed until cleared


class _TakeNothing(Exception):
    def __init__(self, refused: Refused) -> None:
        self.refused = refused


@again
def spend(
    database: Database,
    now: datetime,
    tries: Sequence[Try],
    record: Callable[[Connection, Allowed], None] | None = None,
    quietly: Sequence[Try] = (),
) -> Allowed | Refused:
    """Takes all the tries, or none of them, in one short committed transaction of its own.

    A refused try takes nothing and lengthens nothing. Where several are refused, the answer names
    the one that opens last. What is taken `quietly` undoes nothing where it is refused: for a
    budget whose refusal must not be told; its kind is missing in the counts then.

    `record` runs in the same transaction once all are allowed (P6); it may be called again, where
    the database undid that one.
    Raises Unavailable: a budget without its store lets nobody try (L29).
    """
    try:
        with database.write() as connection:
            counts = _take_all(connection, now, [*tries, *quietly])
            refusals = [
                _refusal(connection, now, one) or Refused(one.budget.kind, now)
                for one in tries
                if one.key not in counts
            ]
            if refusals:
                raise _TakeNothing(_last_to_open(refusals))
            highest: dict[str, int] = {}
            for (kind, _), count in counts.items():
                highest[kind] = max(count, highest.get(kind, 0))
            allowed = Allowed(highest)
            if record is not None:
                record(connection, allowed)
    except _TakeNothing as nothing:
        return nothing.refused
    return allowed


def take_within(connection: Connection, now: datetime, attempt: Try) -> bool:
    """Takes one try on the caller's transaction; False if it is refused."""
    return take_counted(connection, now, attempt) is not None


def take_counted(connection: Connection, now: datetime, attempt: Try) -> int | None:
    """The same, and the count after it; None if it is refused."""
    return _take_all(connection, now, [attempt]).get(attempt.key)


def give_back(connection: Connection, attempt: Try) -> None:
    """Returns what one try took, on the caller's transaction: for what did not count after all.

    A cool-off ends with it only if the count falls below the first one: higher up, another try may
    have caused it.
    """
    connection.execute(
        _GIVE_BACK,
        {
            "of_kind": attempt.budget.kind,
            "of_subject": attempt.subject,
            "cost": attempt.cost,
            "first": min((start for start, _ in attempt.budget.cool_offs), default=0),
        },
    )


def clear(connection: Connection, budget: Budget, subject: str) -> None:
    """Forgets the count, in the transaction of the success that clears it (RL-7).

    Several in one transaction go by kind, then subject, which is the order of `spend`.
    """
    connection.execute(_CLEAR, {"of_kind": budget.kind, "of_subject": subject})


def peek(connection: Connection, now: datetime, tries: Sequence[Try]) -> Refused | None:
    """Whether these tries would be refused now: for a page's text, never in place of `spend`."""
    refusals = [one for one in (_refusal(connection, now, attempt) for attempt in tries) if one]
    return _last_to_open(refusals) if refusals else None


def purge(connection: Connection, now: datetime) -> int:
    """Deletes rows that say nothing any more; how many. A count in a row stays until cleared."""
    blocked = BudgetRow.blocked_until
    unblocked = or_(blocked.is_(None), blocked <= now)
    return delete_over(connection, BudgetRow, and_(BudgetRow.window_ends <= now, unblocked))


def _take_all(
    connection: Connection, now: datetime, tries: Iterable[Try]
) -> Mapping[tuple[str, str], int]:
    costs: dict[tuple[str, str], int] = defaultdict(int)
    schedules = {}
    for one in tries:
        costs[one.key] += one.cost
        schedules[one.key] = one.budget.schedule
    # Two requests that took the same rows in different orders would wait for each other.
    return take(connection, now, [(schedules[key], key[1], costs[key]) for key in sorted(costs)])


_LOOK = select(BudgetRow.count, BudgetRow.window_ends, BudgetRow.blocked_until).where(
    BudgetRow.kind == bindparam("kind"), BudgetRow.subject == bindparam("subject")
)


def _refusal(connection: Connection, now: datetime, attempt: Try) -> Refused | None:
    kind, subject = attempt.key
    row = connection.execute(_LOOK, {"kind": kind, "subject": subject}).first()
    count, window_ends, blocked_until = (0, None, None) if row is None else row
    if window_ends is not None and window_ends <= now:
        count, window_ends = 0, None
    opens = [blocked_until] if blocked_until is not None and blocked_until > now else []
    if count + attempt.cost > attempt.budget.limit:
        if window_ends is None:
            return Refused(kind, None)
        opens.append(window_ends)
    return Refused(kind, max(opens)) if opens else None


def _last_to_open(refusals: Sequence[Refused]) -> Refused:
    never = datetime.max.replace(tzinfo=UTC)
    return max(refusals, key=lambda one: one.retry_at or never)
