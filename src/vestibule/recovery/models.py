from datetime import datetime

from sqlalchemy import ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from vestibule.foundation.database import Base, UtcDateTime


class Recovery(Base):
    """A new second step that was asked for. One for each account at a time: the key says so.

    It holds for one version of the account and one address: whatever is revoked meanwhile, and
    another confirmed address, make it void.
    """

    __tablename__ = "vestibule_recovery"

    subject_id: Mapped[str] = mapped_column(
        String(32), ForeignKey("vestibule_subject.id"), primary_key=True
    )
    version: Mapped[int] = mapped_column(Integer)
    # Keyed hash of the confirmed address whose mailbox it was asked with.
    mailbox: Mapped[str] = mapped_column(String(64))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    opens_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    # When the owner was told that the waiting time is over; NULL before.
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    address: Mapped[str] = mapped_column(String(45))
    browser: Mapped[str] = mapped_column(String(200))
