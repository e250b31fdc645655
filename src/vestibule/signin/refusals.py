"""What the audit log says of tries that are refused: whoever sends them must not fill it."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection

from vestibule.audit.flows import record
from vestibule.audit.values import Details, EventKind, Factor, Origin, Result
from vestibule.foundation.budgets import Budget, Try, take_counted

_REFUSED = Budget(
    kind="refused",
    reason="Counts what is refused, for the audit log; it refuses nothing itself.",
    limit=2**31 - 1,
    window=timedelta(hours=1),
)


def of_kind(kind: str, tries: Iterable[Try]) -> Try:
    """The one of several tries that was refused."""
    return next(one for one in tries if one.budget.kind == kind)


def record_refusal(
    connection: Connection,
    now: datetime,
    refused: Try,
    *,
    subject_id: str | None,
    factor: Factor,
    origin: Origin,
    details: Details | None = None,
) -> None:
    """Write an event for the 1st, 2nd, 4th, 8th … refusal of one budget's subject within an hour.

    Its ``times`` says for how many it stands: those since the event before. So a million of them
    are twenty rows and one count, and at most half of what was refused is not told of yet.
    """
    count = take_counted(connection, now, Try(_REFUSED, f"{refused.budget.kind} {refused.subject}"))
    if count is None or count & (count - 1):
        return
    record(
        connection,
        now,
        EventKind.TRY_REFUSED,
        origin=origin,
        subject_id=subject_id,
        factor=factor,
        result=Result.REFUSED,
        details={"budget": refused.budget.kind, "times": max(1, count // 2), **(details or {})},
    )
