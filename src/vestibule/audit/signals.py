"""``event_recorded``: a signal for every event, after its transaction was committed."""

import logging
from dataclasses import dataclass
from datetime import datetime

from blinker import Signal
from sqlalchemy import Connection

from vestibule.audit.values import Details, EventKind, Factor, Origin, Result
from vestibule.foundation.database import after_commit

log = logging.getLogger("vestibule")

event_recorded = Signal()
"""Sent with an :class:`EventRecorded` as ``event``; connect with ``sender=EventKind.SIGNED_IN`` for
one kind. What a receiver raises is logged and harms nothing: the event has happened."""


@dataclass(frozen=True)
class EventRecorded:
    """An event as a receiver gets it. ``subject_id`` is the account's random id in the log."""

    id: str
    at: datetime
    kind: EventKind
    result: Result
    factor: Factor | None
    subject_id: str | None
    origin: Origin
    details: Details


def announce(connection: Connection, event: EventRecorded) -> None:
    """Tell the receivers, if there are any, once the event is committed."""
    if event_recorded.receivers:
        after_commit(connection, lambda: _tell(event))


def _tell(event: EventRecorded) -> None:
    for receiver in event_recorded.receivers_for(event.kind):
        try:
            receiver(event.kind, event=event)
        except Exception:
            log.exception("a receiver of %s failed", event.kind.value)
