"""The table of budgets and the one statement that takes a try from a row of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Connection,
    Index,
    Integer,
    String,
    Table,
    bindparam,
    case,
    null,
    or_,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql.dml import ReturningInsert

from vestibule.foundation.database import Base, UtcDateTime
from vestibule.foundation.inserts import insert_into


class BudgetRow(Base):
    """What one subject (an account, an address, a code …) took from one budget."""

    __tablename__ = "vestibule_budget"
    __table_args__ = (
        Index(
            "ix_vestibule_budget_blocked",
            "kind",
            "blocked_until",
            sqlite_where=text("blocked_until IS NOT NULL"),
            postgresql_where=text("blocked_until IS NOT NULL"),
        ),
        Index(
            "ix_vestibule_budget_window_ends",
            "window_ends",
            sqlite_where=text("window_ends IS NOT NULL"),
            postgresql_where=text("window_ends IS NOT NULL"),
        ),
    )

    kind: Mapped[str] = mapped_column(String(40), primary_key=True)
    subject: Mapped[str] = mapped_column(String(128), primary_key=True)
    count: Mapped[int] = mapped_column(Integer)
    window_ends: Mapped[datetime | None] = mapped_column(UtcDateTime)
    blocked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)


def take(
    connection: Connection,
    kind: str,
    subject: str,
    *,
    cost: int,
    limit: int,
    now: datetime,
    window_ends: datetime | None,
    cool_offs: Sequence[tuple[int, timedelta]],
) -> int | None:
    """Takes `cost` units and returns the count after them; None, changing nothing, if refused.

    `window_ends` is the end of a window that would begin now.
    """
    if cost > limit:
        return None
    values: dict[str, Any] = {
        "new_kind": kind,
        "new_subject": subject,
        "new_count": cost,
        "new_window_ends": window_ends,
        "new_blocked_until": None,
        "present": now,
        "most": limit,
    }
    for number, (start, wait) in enumerate(cool_offs):
        values[f"from_{number}"], values[f"until_{number}"] = start, now + wait
        if cost >= start:
            values["new_blocked_until"] = now + wait
    statement = _statement(connection.dialect.name, len(cool_offs))
    return cast("int | None", connection.scalar(statement, values))


@cache
def _statement(dialect: str, cool_offs: int) -> ReturningInsert[Any]:
    """INSERT … ON CONFLICT DO UPDATE … WHERE <still allowed> RETURNING count.

    The database locks the row, looks at it and changes it in one go: no try fits between.
    """
    table = cast(Table, BudgetRow.__table__)
    insert = insert_into(table, dialect).values(
        {column.name: bindparam(f"new_{column.name}", type_=column.type) for column in table.c}
    )
    new, old = insert.excluded, table.c
    present = bindparam("present", type_=old.window_ends.type)
    window_is_over = old.window_ends <= present  # not true where there is no window
    count = case((window_is_over, new.count), else_=old.count + new.count)
    return insert.on_conflict_do_update(
        index_elements=[old.kind, old.subject],
        set_={
            "count": count,
            "window_ends": case((window_is_over, new.window_ends), else_=old.window_ends),
            "blocked_until": _cool_off(count, cool_offs, old.blocked_until),
        },
        where=or_(old.blocked_until.is_(None), old.blocked_until <= present)
        & (count <= bindparam("most", type_=Integer)),
    ).returning(old.count)


def _cool_off(
    count: ColumnElement[int], cool_offs: int, column: ColumnElement[Any]
) -> ColumnElement[Any]:
    if not cool_offs:
        return null()
    return case(
        *(
            (
                count >= bindparam(f"from_{number}", type_=Integer),
                bindparam(f"until_{number}", type_=column.type),
            )
            for number in reversed(range(cool_offs))
        ),
        else_=null(),
    )
