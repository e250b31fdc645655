from sqlalchemy import ForeignKey, Integer, String

from vestibule.foundation.tables import Base, UtcDateTime, column, optional


class Recovery(Base):
    """A new second step that was asked for. One for each account at a time: the key says so.

    It holds for one version of the account and one address: whatever is revoked meanwhile, and
    another confirmed address, make it void.
    """

    __tablename__ = "vestibule_recovery"

    subject_id = column(String(32), ForeignKey("vestibule_subject.id"), primary_key=True)
    version = column(Integer)
    # Keyed hash of the confirmed address whose mailbox it was asked with.
    mailbox = column(String(64))
    asked_at = column(UtcDateTime)
    opens_at = column(UtcDateTime, index=True)
    ends_at = column(UtcDateTime, index=True)
    # When the owner was told that the waiting time is over; NULL before.
    told_at = optional(UtcDateTime)
    address = column(String(45))
    browser = column(String(200))
