from sqlalchemy import ForeignKey, Integer, String

from vestibule.foundation.tables import Base, UtcDateTime, column


class OneTimeToken(Base):
    """A link that was given out and not used yet. The key is the SHA-256 of its token (P5)."""

    __tablename__ = "vestibule_one_time_token"

    id = column(String(64), primary_key=True)
    subject_id = column(String(32), ForeignKey("vestibule_subject.id"), index=True)
    # Of the subject when the link was made: whatever is revoked meanwhile voids it.
    version = column(Integer)
    kind = column(String(20))
    # What the link is about where it matters: the address that it went to (L44).
    about = column(String(254), default="", server_default="")
    made_at = column(UtcDateTime)
    ends_at = column(UtcDateTime, index=True)
