from datetime import datetime

from sqlalchemy import ForeignKey, Integer, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from vestibule.foundation.database import Base, UtcDateTime


class PendingSignin(Base):
    """A sign-in between its steps. It grants nothing; its token is not a session's token."""

    __tablename__ = "vestibule_pending_signin"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    subject_id: Mapped[str] = mapped_column(
        String(32), ForeignKey("vestibule_subject.id"), index=True
    )
    version: Mapped[int] = mapped_column(Integer)
    login_id: Mapped[str] = mapped_column(String(255))
    account_name: Mapped[str] = mapped_column(String(255))
    # What is still to be passed, in order, separated by blanks.
    stages: Mapped[str] = mapped_column(String(80))
    next_url: Mapped[str | None] = mapped_column(Text)
    # What the host's sign-in view wrote into its session, encrypted.
    host_session: Mapped[str | None] = mapped_column(Text)
    method: Mapped[str] = mapped_column(String(40), server_default="password")
    amr: Mapped[str] = mapped_column(String(255), server_default="")
    first_step_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # When a second step was passed that is not the last stage.
    second_step_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Whether a remembered browser's cookie was the first step.
    remembered: Mapped[bool] = mapped_column(server_default=false())
    # Whether a password was the first step, counted by us: not a link from a mail, nor a cookie.
    by_password: Mapped[bool] = mapped_column(server_default=false())
    # For how many seconds this browser is to be remembered once every step is passed.
    remember_for: Mapped[int | None] = mapped_column(Integer)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
