from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from vestibule.foundation.database import Base, UtcDateTime


class Event(Base):
    """One thing that happened. Rows are only ever inserted."""

    __tablename__ = "vestibule_event"
    __table_args__ = (Index("ix_vestibule_event_subject_at", "subject_id", "at"),)

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
