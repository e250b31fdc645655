from datetime import datetime

from sqlalchemy import ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from vestibule.foundation.database import Base, UtcDateTime


class OneTimeToken(Base):
    """A link that was given out and not used yet. The key is the SHA-256 of its token (P5)."""

    __tablename__ = "vestibule_one_time_token"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    subject_id: Mapped[str] = mapped_column(
        String(32), ForeignKey("vestibule_subject.id"), index=True
    )
    # Of the subject when the link was made: whatever is revoked meanwhile voids it.
    version: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(20))
    # What the link is about where it matters: the address that it went to (L44).
    about: Mapped[str] = mapped_column(String(254), default="", server_default="")
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
