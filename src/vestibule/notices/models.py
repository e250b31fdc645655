from sqlalchemy import JSON, ForeignKey, Integer, String

from vestibule.foundation.tables import Base, UtcDateTime, column, optional


class Outbox(Base):
    """One mail to one address, written in the transaction of what it tells of.

    It holds no secret: the token of its link is made from ``id`` and a key outside the database
    (P5). A mail that was sent stays for its link, without the address.
    """

    __tablename__ = "vestibule_outbox"

    id = column(String(32), primary_key=True)
    # NULL while nobody looked up whose it is (kind "later").
    subject_id = optional(String(32), ForeignKey("vestibule_subject.id"), index=True)
    # The address as it was when it happened: a changed one still tells the old one. "" when sent.
    recipient = column(String(254))
    kind = column(String(40))
    parameters = column(JSON)
    # Of what strangers can cause, a second row in the same hours meets the first one's here.
    once = column(String(64), unique=True)
    made_at = column(UtcDateTime, index=True)
    # When somebody may send it (again); NULL when it was sent or given up. Whoever takes it moves
    # this on, so that nobody else does meanwhile, and somebody does after a crash.
    next_try_at = optional(UtcDateTime, index=True)
    tries = column(Integer)
    sent_at = optional(UtcDateTime)
    last_error = column(String(100))
    link_used_at = optional(UtcDateTime)
