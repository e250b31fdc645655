from sqlalchemy import Index, Integer, LargeBinary, String, Text

from vestibule.foundation.tables import Base, UtcDateTime, column, optional


class Subject(Base):
    """One incarnation of one user of the host; all other tables refer to it.

    ``version`` goes up with every revoking change. Rows that were made under an older version
    (sessions, pending sign-ins) are dead: versions, not times, decide revocation (P7).
    """

    __tablename__ = "vestibule_subject"
    __table_args__ = (
        # One open row per user; a closed one stays, so that a key given away again starts anew.
        Index("uq_vestibule_subject_open", "user_id", "closed", unique=True),
    )

    id = column(String(32), primary_key=True)
    user_id = column(String(255))
    # "" while open, else the row's own id: lets one unique index say "one open row per user".
    closed = column(String(32), default="")
    version = column(Integer, default=1)
    created_at = column(UtcDateTime)
    # Since then no cookie from before Vestibule is taken over: the person signed out, or the key
    # was given to somebody new.
    adoption_ended_at = optional(UtcDateTime)
    # When whoever reads the mailbox may have become able to sign in: a password was reset, or mails
    # go to another address. Recovery waits for a month after that (REC-2).
    recovery_barred_at = optional(UtcDateTime)
    # Name, language and addresses for notices, as the host said them last; "" where there are none.
    contact = column(Text, default="", server_default="")
    # Where notices go as well, because the person said so and showed it; it opens nothing.
    second_address = column(String(254), default="", server_default="")
    # 64 random bytes by which passkeys know the account: they must say nothing of the person.
    passkey_handle = optional(LargeBinary)
