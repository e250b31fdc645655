from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String, false, true
from sqlalchemy.orm import Mapped, mapped_column

from vestibule.foundation.database import Base, UtcDateTime


class Passkey(Base):
    """One passkey of an account. Its private part never leaves the device: nothing here is secret,
    and nothing here opens anything (P5).
    """

    __tablename__ = "vestibule_passkey"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    subject_id: Mapped[str] = mapped_column(
        String(32), ForeignKey("vestibule_subject.id"), index=True
    )
    name: Mapped[str] = mapped_column(String(40))
    # No two accounts have the same (WA-5); at most 1023 bytes.
    credential_id: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    # How often it was used, as it says itself; 0 where it does not count.
    sign_count: Mapped[int] = mapped_column(BigInteger)
    # How a browser reaches it, as the browser said: "internal", "usb hybrid".
    transports: Mapped[str] = mapped_column(String(80))
    # Whether copies of it may be kept elsewhere, which never changes, and whether there are.
    backup_eligible: Mapped[bool]
    backed_up: Mapped[bool]
    # Whether it may stand for both steps. Not any more after "This wasn't me", which promises that
    # nothing opens the account without a new password.
    stands_alone: Mapped[bool] = mapped_column(default=True, server_default=true())
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Its counter went back once: there may be two of it.
    copied: Mapped[bool] = mapped_column(default=False, server_default=false())


class PasskeyChallenge(Base):
    """A challenge that waits for its one answer. The key is its SHA-256."""

    __tablename__ = "vestibule_passkey_challenge"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(20))
    # The key of the session or pending sign-in that asked; without a password, of the browser.
    holder: Mapped[str] = mapped_column(String(64))
    subject_id: Mapped[str | None] = mapped_column(
        String(32), ForeignKey("vestibule_subject.id"), index=True
    )
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
