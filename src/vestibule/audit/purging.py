"""Retention: the oldest events go, whole seals of them, so that the chain stays what it is."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, select

from vestibule.audit.counting import count_sealed
from vestibule.audit.flows import record
from vestibule.audit.models import Event, EventSeal, SealedEvent
from vestibule.audit.rows import time_of
from vestibule.audit.seals import newest_seal, seals_after
from vestibule.audit.values import EventKind, Origin
from vestibule.foundation.database import Database
from vestibule.foundation.services import Services

NOWHERE = Origin("", "", "")
"""No request: somebody at the command line."""

Told = Callable[[int], None]


class NothingSealed(Exception):
    """Only what is under a seal can go."""


@dataclass(frozen=True)
class Plan:
    """What a purge deletes: everything up to one seal."""

    through: int
    hash: str
    seals: int
    events: int


def plan_of(services: Services, older_than: datetime) -> Plan | None:
    """Which seals hold nothing younger, from the oldest on; the newest seal always stays.

    None where nothing is that old. Raises :class:`NothingSealed` and ``Unavailable``.
    """
    with services.database.read() as connection:
        newest = newest_seal(connection)
        if newest is None:
            raise NothingSealed("No event is under a seal yet.")
        plan = Plan(0, "", 0, 0)
        for seal in seals_after(connection, None):
            youngest = time_of(seal.until)
            if seal.number >= newest.number or youngest is None or youngest >= older_than:
                break
            plan = Plan(seal.number, seal.hash, plan.seals + 1, plan.events + len(seal.events))
    return plan if plan.seals else None


def purge(services: Services, database: Database, plan: Plan, told: Told = lambda _: None) -> None:
    """Delete what is planned, through ``database``, whose role may do so.

    First a signed event says how far; a process killed after that leaves a chain that begins
    earlier than it might. Raises ``Unavailable``.
    """
    count_sealed(services)  # afterwards nobody could
    with database.write() as connection:
        record(
            connection,
            services.clock.now(),
            EventKind.AUDIT_PURGED,
            origin=NOWHERE,
            details={
                "seals": plan.seals,
                "events": plan.events,
                "through": plan.through,
                "hash": plan.hash,
            },
        )
    while True:
        with database.write() as connection:
            oldest = connection.execute(select(func.min(EventSeal.number))).scalar()
            if oldest is None or oldest > plan.through:
                return
            told(_delete(connection, oldest))


def _delete(connection: Connection, number: int) -> int:
    listed = select(SealedEvent.event_id).where(SealedEvent.seal == number)
    count = connection.execute(delete(Event).where(Event.id.in_(listed))).rowcount
    connection.execute(delete(SealedEvent).where(SealedEvent.seal == number))
    connection.execute(delete(EventSeal).where(EventSeal.number == number))
    return count
