from datetime import datetime

from sqlalchemy import ColumnClause, ForeignKey, Index, Integer, String, UniqueConstraint

from vestibule.foundation.tables import Base, UtcDateTime, column, optional


class CookieOfTwoParts(Base):
    """One part of the cookie names the row and stays, the other changes at each use, so that a
    copy of the cookie shows itself (P5: both are here as SHA-256 only).
    """

    id: ColumnClause[str]
    token: ColumnClause[str]
    # The token before; requests that were under way with it are answered for a moment longer.
    previous: ColumnClause[str | None]
    rotated_at: ColumnClause[datetime]
    subject_id: ColumnClause[str]
    version: ColumnClause[int]
    created_at: ColumnClause[datetime]
    ends_at: ColumnClause[datetime]
    address: ColumnClause[str]
    browser: ColumnClause[str]

    def __init_subclass__(cls) -> None:
        # Made anew for each table: a column belongs to one.
        cls.id = column(String(64), primary_key=True)
        cls.token = column(String(64))
        cls.previous = optional(String(64))
        cls.rotated_at = column(UtcDateTime)
        cls.subject_id = column(String(32), ForeignKey("vestibule_subject.id"), index=True)
        cls.version = column(Integer)
        cls.created_at = column(UtcDateTime)
        cls.ends_at = column(UtcDateTime, index=True)
        cls.address = column(String(45))
        cls.browser = column(String(200))
        super().__init_subclass__()


class RememberedBrowser(CookieOfTwoParts):
    """A browser whose cookie stands for the first step of a sign-in, and for nothing more."""

    __tablename__ = "vestibule_remembered_browser"

    login_id = column(String(255))
    method = column(String(40))
    first_step_at = column(UtcDateTime)


class TrustedBrowser(CookieOfTwoParts):
    """A browser in which the second step is not asked for, for a while; the password is.

    What comes of it is a session of one step (aal1): NIST SP 800-63B-4 section 5.1.
    """

    __tablename__ = "vestibule_trusted_browser"
    # Under a shorter setting trust is over earlier than its row says.
    __table_args__ = (Index("ix_vestibule_trusted_browser_created_at", "created_at"),)

    # What its owner calls it; empty: what it calls itself.
    name = column(String(60))


class AdoptedCookie(Base):
    """A cookie from before Vestibule that was taken over: the row is what lets it happen once."""

    __tablename__ = "vestibule_adopted_cookie"

    id = column(String(64), primary_key=True)
    subject_id = column(String(32), ForeignKey("vestibule_subject.id"), index=True)
    adopted_at = column(UtcDateTime, index=True)


class KnownBrowser(Base):
    """A browser in which every step of a sign-in to this account was passed before.

    That chooses whose budget its tries are taken from, and nothing else: it never stands for a step
    (P1). One cookie names the browser, one row of it is for each account.
    """

    __tablename__ = "vestibule_known_browser"
    __table_args__ = (UniqueConstraint("browser", "subject_id"),)

    # The subject of the budgets: it stays while the cookie changes, else each sign-in to another
    # account would give new tries for this one.
    id = column(String(32), primary_key=True)
    browser = column(String(64))
    subject_id = column(String(32), ForeignKey("vestibule_subject.id"), index=True)
    version = column(Integer)
    ends_at = column(UtcDateTime, index=True)
    # How its owner recognises it: none of this is asked when a try is judged.
    name = column(String(60), server_default="")
    user_agent = column(String(200), server_default="")
    address = column(String(45), server_default="")
