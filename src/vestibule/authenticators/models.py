from sqlalchemy import (
    BigInteger,
    ForeignKey,
    LargeBinary,
    SmallInteger,
    String,
    UniqueConstraint,
)

from vestibule.foundation.tables import Base, UtcDateTime, column, optional


class Authenticator(Base):
    """One app enrolled for TOTP and confirmed with a code; the secret is encrypted (P5)."""

    __tablename__ = "vestibule_authenticator"
    # One secret never twice in one account: two rows would accept one code twice.
    __table_args__ = (UniqueConstraint("subject_id", "fingerprint"),)

    id = column(String(32), primary_key=True)
    subject_id = column(String(32), ForeignKey("vestibule_subject.id"), index=True)
    name = column(String(40))
    fingerprint = column(String(64))
    key_id = column(String(8), index=True)
    ciphertext = column(LargeBinary)
    last_step = column(BigInteger)
    confirmed_at = column(UtcDateTime)
    last_used_at = column(UtcDateTime)
    disabled_at = optional(UtcDateTime)
    # Good codes in a row that show a wrong clock: above 0 ahead, below 0 behind. Only ever a hint.
    drift = column(SmallInteger, server_default="0")


class Enrolment(Base):
    """A secret that waits for its first code, bound to the session or sign-in that asked for it."""

    __tablename__ = "vestibule_enrolment"

    # The key of the session or pending sign-in, so that reloads and second tabs get the same secret
    # and nobody else can confirm it (TOTP-13).
    owner = column(String(64), primary_key=True)
    subject_id = column(String(32), ForeignKey("vestibule_subject.id"), index=True)
    key_id = column(String(8), index=True)
    ciphertext = column(LargeBinary)
    ends_at = column(UtcDateTime, index=True)
