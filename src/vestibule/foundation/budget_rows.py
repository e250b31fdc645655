"""The table of budgets and the one statement that takes tries from its rows."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Index, Integer, String, bindparam, text
from sqlalchemy.sql.selectable import TextualSelect

from vestibule.foundation.tables import Base, UtcDateTime, column, optional, partial

_OLD = "vestibule_budget"


class BudgetRow(Base):
    """What one subject (an account, an address, a code …) took from one budget."""

    __tablename__ = _OLD
    __table_args__ = (
        partial(
            Index("ix_vestibule_budget_blocked", "kind", "blocked_until"),
            "blocked_until IS NOT NULL",
        ),
        partial(Index("ix_vestibule_budget_window_ends", "window_ends"), "window_ends IS NOT NULL"),
    )

    kind = column(String(40), primary_key=True)
    subject = column(String(128), primary_key=True)
    count = column(Integer)
    window_ends = optional(UtcDateTime)
    blocked_until = optional(UtcDateTime)


class Schedule(NamedTuple):
    """What a budget allows."""

    kind: str
    limit: int
    window: timedelta | None
    cool_offs: tuple[tuple[int, timedelta], ...]


def take(
    connection: Connection, now: datetime, wanted: Sequence[tuple[Schedule, str, int]]
) -> Mapping[tuple[str, str], int]:
    """Takes units for schedule, subject and cost, of each row as they come; the counts after it.

    What is refused is changed nothing of, and is missing in the answer. No row may be named twice.
    """
    rows = [one for one in wanted if one[2] <= one[0].limit]
    if not rows:
        return {}
    values: dict[str, Any] = {"present": now}
    for number, (schedule, subject, cost) in enumerate(rows):
        blocked_until = None
        for step, (start, wait) in enumerate(schedule.cool_offs):
            until = values[f"until_{number}_{step}"] = now + wait
            if cost >= start:
                blocked_until = until
        values[f"kind_{number}"] = schedule.kind
        values[f"subject_{number}"] = subject
        values[f"count_{number}"] = cost
        window = schedule.window
        values[f"window_ends_{number}"] = None if window is None else now + window
        values[f"blocked_until_{number}"] = blocked_until
    found = connection.execute(_statement(tuple(one[0] for one in rows)), values)
    return {(row[0], row[1]): row[2] for row in found}


@lru_cache(maxsize=256)
def _statement(schedules: tuple[Schedule, ...]) -> TextualSelect:
    """INSERT … ON CONFLICT DO UPDATE … WHERE <still allowed> RETURNING count.

    The database locks a row, looks at it and changes it in one go: no try fits between. Written
    out, as SQLAlchemy makes the text of an INSERT of several rows anew each time.
    """
    columns = BudgetRow.__table__.c
    numbers = range(len(schedules))
    rows = [f"({', '.join(f':{one.name}_{number}' for one in columns)})" for number in numbers]
    # A row whose window is over begins at nothing; not so where there is no window.
    count = _begun_anew("excluded.count", f"{_OLD}.count + excluded.count")
    # Each row goes by its own budget.
    limits = [
        f"WHEN {_OLD}.kind = :kind_{number} THEN {int(one.limit)}"
        for number, one in enumerate(schedules)
    ]
    cool_offs = [
        f"WHEN {_OLD}.kind = :kind_{number} AND {count} >= {int(start)} THEN :until_{number}_{step}"
        for number, one in enumerate(schedules)
        for step, (start, _) in reversed(list(enumerate(one.cool_offs)))
    ]
    blocked = f"CASE {' '.join(cool_offs)} END" if cool_offs else "NULL"
    statement = text(
        f"INSERT INTO {_OLD} ({', '.join(columns.keys())}) VALUES {', '.join(rows)}"  # noqa: S608 - only names and numbers of ours
        f" ON CONFLICT (kind, subject) DO UPDATE SET count = {count},"
        f" window_ends = {_begun_anew('excluded.window_ends', f'{_OLD}.window_ends')},"
        f" blocked_until = {blocked}"
        f" WHERE ({_OLD}.blocked_until IS NULL OR {_OLD}.blocked_until <= :present)"
        f" AND {count} <= CASE {' '.join(limits)} END"
        f" RETURNING {_OLD}.kind, {_OLD}.subject, {_OLD}.count"
    )
    instant = columns.window_ends.type
    typed = [
        bindparam(f"{one.name}_{number}", type_=one.type) for number in numbers for one in columns
    ]
    untils = [
        bindparam(f"until_{number}_{step}", type_=instant)
        for number, one in enumerate(schedules)
        for step in range(len(one.cool_offs))
    ]
    return statement.bindparams(*typed, *untils, bindparam("present", type_=instant)).columns(
        columns.kind, columns.subject, columns.count
    )


def _begun_anew(new: str, old: str) -> str:
    return f"CASE WHEN {_OLD}.window_ends <= :present THEN {new} ELSE {old} END"
