from sqlalchemy import JSON, Boolean, ForeignKey, Index, Integer, String

from vestibule.foundation.tables import Base, UtcDateTime, column, optional


class Event(Base):
    """One thing that happened. Rows are only ever inserted."""

    __tablename__ = "vestibule_event"
    __table_args__ = (
        Index("ix_vestibule_event_subject_at", "subject_id", "at"),
        Index("ix_vestibule_event_at", "at", "id"),
        Index("ix_vestibule_event_kind_at", "kind", "at"),
        Index("ix_vestibule_event_address_at", "address", "at"),
    )

    id = column(String(32), primary_key=True)
    at = column(UtcDateTime)
    kind = column(String(40))
    result = column(String(10))
    factor = optional(String(20))
    subject_id = optional(String(32), ForeignKey("vestibule_subject.id", ondelete="RESTRICT"))
    actor = optional(String(32))
    address = column(String(45))
    browser = column(String(200))
    request_id = column(String(32))
    details = column(JSON)
    # Both None in rows that were written before events were signed.
    key_id = optional(String(8))
    mac = optional(String(64))


class EventSeal(Base):
    """A seal over some events and over the seal before it, so that none can go unnoticed."""

    __tablename__ = "vestibule_event_seal"

    number = column(Integer, primary_key=True, autoincrement=False)
    made_at = column(UtcDateTime)
    # The time of its last event; where the sealer looks from next time.
    until = column(UtcDateTime)
    previous = column(String(64))
    opening = column(Boolean)
    size = column(Integer)
    events_hash = column(String(64))
    hash = column(String(64))
    key_id = column(String(8))
    mac = column(String(64))


class SealedEvent(Base):
    """That an event lies under a seal, and where in its list.

    No foreign keys: what somebody cut out is to be missing, not to be refused by the database.
    """

    __tablename__ = "vestibule_sealed_event"
    __table_args__ = (Index("uq_vestibule_sealed_event_event_id", "event_id", unique=True),)

    seal = column(Integer, primary_key=True, autoincrement=False)
    position = column(Integer, primary_key=True, autoincrement=False)
    event_id = column(String(32))
    # Of what the event says; the seal covers all of them by one hash.
    digest = column(String(64))


class EventSealer(Base):
    """One row: which process seals now, and until when nobody else does."""

    __tablename__ = "vestibule_event_sealer"

    name = column(String(10), primary_key=True)
    holder = column(String(32))
    ends_at = column(UtcDateTime)
    # When somebody last looked through the whole log for events without a seal.
    looked_at = optional(UtcDateTime)
    # The number of the newest seal whose events are in DayCount; None before the first.
    counted = optional(Integer)


class DayCount(Base):
    """How many events of a kind came under a seal, by the day when they happened, UTC.

    So that nobody has to count millions of them to see how a day was.
    """

    __tablename__ = "vestibule_day_count"

    day = column(String(10), primary_key=True)
    kind = column(String(40), primary_key=True)
    count = column(Integer)
