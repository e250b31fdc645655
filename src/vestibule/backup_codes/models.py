from datetime import datetime

from sqlalchemy import ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from vestibule.foundation.database import Base, UtcDateTime


class BackupCode(Base):
    """One backup code: a short clear selector finds the row, argon2id guards the secret part."""

    __tablename__ = "vestibule_backup_code"
    __table_args__ = (UniqueConstraint("subject_id", "selector"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    subject_id: Mapped[str] = mapped_column(String(32), ForeignKey("vestibule_subject.id"))
    set_number: Mapped[int] = mapped_column(Integer)
    selector: Mapped[str] = mapped_column(String(4))
    code_hash: Mapped[str] = mapped_column(String(120))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    saved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # A code of an earlier set opens nothing; its row stays so that an old paper can be recognised.
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
