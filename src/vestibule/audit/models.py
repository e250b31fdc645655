from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from vestibule.foundation.database import Base, UtcDateTime


class Event(Base):
    """One thing that happened. Rows are only ever inserted."""

    __tablename__ = "vestibule_event"
    __table_args__ = (
        Index("ix_vestibule_event_subject_at", "subject_id", "at"),
        Index("ix_vestibule_event_at", "at", "id"),
        Index("ix_vestibule_event_kind_at", "kind", "at"),
        Index("ix_vestibule_event_address_at", "address", "at"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    kind: Mapped[str] = mapped_column(String(40))
    result: Mapped[str] = mapped_column(String(10))
    factor: Mapped[str | None] = mapped_column(String(20))
    subject_id: Mapped[str | None] = mapped_column(
        String(32), ForeignKey("vestibule_subject.id", ondelete="RESTRICT")
    )
    actor: Mapped[str | None] = mapped_column(String(32))
    address: Mapped[str] = mapped_column(String(45))
    browser: Mapped[str] = mapped_column(String(200))
    request_id: Mapped[str] = mapped_column(String(32))
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
    # Both None in rows that were written before events were signed.
    key_id: Mapped[str | None] = mapped_column(String(8))
    mac: Mapped[str | None] = mapped_column(String(64))


class EventSeal(Base):
    """A seal over some events and over the seal before it, so that none can go unnoticed."""

    __tablename__ = "vestibule_event_seal"

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # The time of its last event; where the sealer looks from next time.
    until: Mapped[datetime] = mapped_column(UtcDateTime)
    previous: Mapped[str] = mapped_column(String(64))
    opening: Mapped[bool] = mapped_column(Boolean)
    size: Mapped[int] = mapped_column(Integer)
    events_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
    key_id: Mapped[str] = mapped_column(String(8))
    mac: Mapped[str] = mapped_column(String(64))


class SealedEvent(Base):
    """That an event lies under a seal, and where in its list.

    No foreign keys: what somebody cut out is to be missing, not to be refused by the database.
    """

    __tablename__ = "vestibule_sealed_event"
    __table_args__ = (Index("uq_vestibule_sealed_event_event_id", "event_id", unique=True),)

    seal: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    event_id: Mapped[str] = mapped_column(String(32))
    # Of what the event says; the seal covers all of them by one hash.
    digest: Mapped[str] = mapped_column(String(64))


class EventSealer(Base):
    """One row: which process seals now, and until when nobody else does."""

    __tablename__ = "vestibule_event_sealer"

    name: Mapped[str] = mapped_column(String(10), primary_key=True)
    holder: Mapped[str] = mapped_column(String(32))
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # When somebody last looked through the whole log for events without a seal.
    looked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # The number of the newest seal whose events are in DayCount; None before the first.
    counted: Mapped[int | None] = mapped_column(Integer)


class DayCount(Base):
    """How many events of a kind came under a seal, by the day when they happened, UTC.

    So that nobody has to count millions of them to see how a day was.
    """

    __tablename__ = "vestibule_day_count"

    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    kind: Mapped[str] = mapped_column(String(40), primary_key=True)
    count: Mapped[int] = mapped_column(Integer)
