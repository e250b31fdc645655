from sqlalchemy import BigInteger, Boolean, ForeignKey, LargeBinary, String, false, true

from vestibule.foundation.tables import Base, UtcDateTime, column, optional


class Passkey(Base):
    """One passkey of an account. Its private part never leaves the device: nothing here is secret,
    and nothing here opens anything (P5).
    """

    __tablename__ = "vestibule_passkey"

    id = column(String(32), primary_key=True)
    subject_id = column(String(32), ForeignKey("vestibule_subject.id"), index=True)
    name = column(String(40))
    # No two accounts have the same (WA-5); at most 1023 bytes.
    credential_id = column(LargeBinary, unique=True)
    public_key = column(LargeBinary)
    # How often it was used, as it says itself; 0 where it does not count.
    sign_count = column(BigInteger)
    # How a browser reaches it, as the browser said: "internal", "usb hybrid".
    transports = column(String(80))
    # Whether copies of it may be kept elsewhere, which never changes, and whether there are.
    backup_eligible = column(Boolean)
    backed_up = column(Boolean)
    # Whether it may stand for both steps. Not any more after "This wasn't me", which promises that
    # nothing opens the account without a new password.
    stands_alone = column(Boolean, default=True, server_default=true())
    created_at = column(UtcDateTime)
    last_used_at = optional(UtcDateTime)
    # Its counter went back once: there may be two of it.
    copied = column(Boolean, default=False, server_default=false())


class PasskeyChallenge(Base):
    """A challenge that waits for its one answer. The key is its SHA-256."""

    __tablename__ = "vestibule_passkey_challenge"

    id = column(String(64), primary_key=True)
    purpose = column(String(20))
    # The key of the session or pending sign-in that asked; without a password, of the browser.
    holder = column(String(64))
    subject_id = optional(String(32), ForeignKey("vestibule_subject.id"), index=True)
    ends_at = column(UtcDateTime, index=True)
