from datetime import datetime

from sqlalchemy import ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from vestibule.foundation.database import Base, UtcDateTime


class CookieOfTwoParts:
    """One part of the cookie names the row and stays, the other changes at each use, so that a
    copy of the cookie shows itself (P5: both are here as SHA-256 only).
    """

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    token: Mapped[str] = mapped_column(String(64))
    # The token before; requests that were under way with it are answered for a moment longer.
    previous: Mapped[str | None] = mapped_column(String(64))
    rotated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    subject_id: Mapped[str] = mapped_column(
        String(32), ForeignKey("vestibule_subject.id"), index=True
    )
    version: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    address: Mapped[str] = mapped_column(String(45))
    browser: Mapped[str] = mapped_column(String(200))


class RememberedBrowser(CookieOfTwoParts, Base):
    """A browser whose cookie stands for the first step of a sign-in, and for nothing more."""

    __tablename__ = "vestibule_remembered_browser"

    login_id: Mapped[str] = mapped_column(String(255))
    method: Mapped[str] = mapped_column(String(40))
    first_step_at: Mapped[datetime] = mapped_column(UtcDateTime)


class TrustedBrowser(CookieOfTwoParts, Base):
    """A browser in which the second step is not asked for, for a while; the password is.

    What comes of it is a session of one step (aal1): NIST SP 800-63B-4 section 5.1.
    """

    __tablename__ = "vestibule_trusted_browser"

    # Under a shorter setting trust is over earlier than its row says.
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    # What its owner calls it; empty: what it calls itself.
    name: Mapped[str] = mapped_column(String(60))


class AdoptedCookie(Base):
    """A cookie from before Vestibule that was taken over: the row is what lets it happen once."""

    __tablename__ = "vestibule_adopted_cookie"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    subject_id: Mapped[str] = mapped_column(
        String(32), ForeignKey("vestibule_subject.id"), index=True
    )
    adopted_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class KnownBrowser(Base):
    """A browser in which every step of a sign-in to this account was passed before.

    That chooses whose budget its tries are taken from, and nothing else: it never stands for a step
    (P1). One cookie names the browser, one row of it is for each account.
    """

    __tablename__ = "vestibule_known_browser"
    __table_args__ = (UniqueConstraint("browser", "subject_id"),)

    # The subject of the budgets: it stays while the cookie changes, else each sign-in to another
    # account would give new tries for this one.
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    browser: Mapped[str] = mapped_column(String(64))
    subject_id: Mapped[str] = mapped_column(
        String(32), ForeignKey("vestibule_subject.id"), index=True
    )
    version: Mapped[int] = mapped_column(Integer)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    # How its owner recognises it: none of this is asked when a try is judged.
    name: Mapped[str] = mapped_column(String(60), server_default="")
    user_agent: Mapped[str] = mapped_column(String(200), server_default="")
    address: Mapped[str] = mapped_column(String(45), server_default="")
