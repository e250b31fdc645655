from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from vestibule.foundation.database import Base, UtcDateTime


class Outbox(Base):
    """One mail to one address, written in the transaction of what it tells of.

    It holds no secret: the token of its link is made from ``id`` and a key outside the database
    (P5). A mail that was sent stays for its link, without the address.
    """

    __tablename__ = "vestibule_outbox"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    # NULL while nobody looked up whose it is (kind "later").
    subject_id: Mapped[str | None] = mapped_column(
        String(32), ForeignKey("vestibule_subject.id"), index=True
    )
    # The address as it was when it happened: a changed one still tells the old one. "" when sent.
    recipient: Mapped[str] = mapped_column(String(254))
    kind: Mapped[str] = mapped_column(String(40))
    parameters: Mapped[dict[str, Any]] = mapped_column(JSON)
    # Of what strangers can cause, a second row in the same hours meets the first one's here.
    once: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    # When somebody may send it (again); NULL when it was sent or given up. Whoever takes it moves
    # this on, so that nobody else does meanwhile, and somebody does after a crash.
    next_try_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    tries: Mapped[int] = mapped_column(Integer)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_error: Mapped[str] = mapped_column(String(100))
    link_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
