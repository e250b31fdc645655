from sqlalchemy import ForeignKey, Integer, String, UniqueConstraint

from vestibule.foundation.tables import Base, UtcDateTime, column, optional


class BackupCode(Base):
    """One backup code: a short clear selector finds the row, argon2id guards the secret part."""

    __tablename__ = "vestibule_backup_code"
    __table_args__ = (UniqueConstraint("subject_id", "selector"),)

    id = column(String(32), primary_key=True)
    subject_id = column(String(32), ForeignKey("vestibule_subject.id"))
    set_number = column(Integer)
    selector = column(String(4))
    code_hash = column(String(120))
    made_at = column(UtcDateTime)
    saved_at = optional(UtcDateTime)
    used_at = optional(UtcDateTime)
    # A code of an earlier set opens nothing; its row stays so that an old paper can be recognised.
    retired_at = optional(UtcDateTime)
