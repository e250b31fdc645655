"""The recoveries that wait or are open, for those who look after accounts."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select

from vestibule.audit.of_account import Place
from vestibule.recovery.models import Recovery
from vestibule.recovery.values import UnderWay
from vestibule.subjects.models import Subject


def all_under_way(
    connection: Connection, now: datetime, *, most: int, after: Place | None = None
) -> list[UnderWay]:
    """What opens first comes first, so that the open ones stand above those that wait."""
    columns = (
        Recovery.subject_id,
        Recovery.asked_at,
        Recovery.opens_at,
        Recovery.ends_at,
        Recovery.address,
        Recovery.browser,
    )
    found = _under_way(select(*columns), now).order_by(Recovery.opens_at, Recovery.subject_id)
    if after:
        # The first half alone is a range of the index.
        behind = or_(Recovery.opens_at > after.at, Recovery.subject_id > after.id)
        found = found.where(and_(Recovery.opens_at >= after.at, behind))
    return [UnderWay(*row) for row in connection.execute(found.limit(most))]


def how_many(connection: Connection, now: datetime, *, most: int) -> int:
    """Counted no further than ``most``."""
    some = _under_way(select(Recovery.subject_id), now).limit(most).subquery()
    return int(connection.execute(select(func.count()).select_from(some)).scalar_one())


def _under_way(found: Any, now: datetime) -> Any:
    # The version decides: what was revoked meanwhile makes it void (P7).
    return found.join(Subject, Subject.id == Recovery.subject_id).where(
        Recovery.version == Subject.version, Recovery.ends_at > now
    )
