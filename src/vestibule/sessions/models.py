from datetime import datetime

from sqlalchemy import ForeignKey, Integer, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from vestibule.foundation.database import Base, UtcDateTime


class Session(Base):
    """One signed-in browser. The key is the SHA-256 of the token that its cookie holds (P5)."""

    __tablename__ = "vestibule_session"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    # What the account's own pages call it: it stays while the token changes, else a session that
    # gets a new one meanwhile would slip away from "Sign out".
    public_id: Mapped[str] = mapped_column(String(32), server_default="")
    subject_id: Mapped[str] = mapped_column(
        String(32), ForeignKey("vestibule_subject.id"), index=True
    )
    version: Mapped[int] = mapped_column(Integer)
    # What the host's user loader is asked with; in some applications it changes with the password.
    login_id: Mapped[str] = mapped_column(String(255))
    level: Mapped[str] = mapped_column(String(4))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    first_step_at: Mapped[datetime] = mapped_column(UtcDateTime)
    second_step_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # The first step was a cookie of a remembered browser, or of before Vestibule: never fresh.
    remembered: Mapped[bool] = mapped_column(server_default=false())
    # The trusted browser that stood for the second step: the session is of one step.
    trusted_by: Mapped[str | None] = mapped_column(String(64))
    # The second step was a passkey: the one kind that cannot be phished.
    by_passkey: Mapped[bool] = mapped_column(server_default=false())
    address: Mapped[str] = mapped_column(String(45))
    browser: Mapped[str] = mapped_column(String(200))
    # How the first step was passed: the policy may ask it at each request.
    method: Mapped[str] = mapped_column(String(40), server_default="password")
    amr: Mapped[str] = mapped_column(String(255), server_default="")
    # The action that wants a code of its own, and the one that a code was entered for and that was
    # not done yet: a hash of method and address each.
    asks_for: Mapped[str | None] = mapped_column(String(64))
    confirmed_for: Mapped[str | None] = mapped_column(String(64))
    # Backup codes made with this session and not shown yet, encrypted; wiped when they are shown.
    unseen_codes: Mapped[str | None] = mapped_column(Text)
