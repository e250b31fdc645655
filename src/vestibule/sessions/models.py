from sqlalchemy import Boolean, ForeignKey, Integer, String, Text, false

from vestibule.foundation.tables import Base, UtcDateTime, column, optional


class Session(Base):
    """One signed-in browser. The key is the SHA-256 of the token that its cookie holds (P5)."""

    __tablename__ = "vestibule_session"

    id = column(String(64), primary_key=True)
    # What the account's own pages call it: it stays while the token changes, else a session that
    # gets a new one meanwhile would slip away from "Sign out".
    public_id = column(String(32), server_default="")
    subject_id = column(String(32), ForeignKey("vestibule_subject.id"), index=True)
    version = column(Integer)
    # What the host's user loader is asked with; in some applications it changes with the password.
    login_id = column(String(255))
    level = column(String(4))
    created_at = column(UtcDateTime)
    ends_at = column(UtcDateTime, index=True)
    last_seen_at = column(UtcDateTime)
    first_step_at = column(UtcDateTime)
    second_step_at = optional(UtcDateTime)
    # The first step was a cookie of a remembered browser, or of before Vestibule: never fresh.
    remembered = column(Boolean, server_default=false())
    # The trusted browser that stood for the second step: the session is of one step.
    trusted_by = optional(String(64))
    # The second step was a passkey: the one kind that cannot be phished.
    by_passkey = column(Boolean, server_default=false())
    address = column(String(45))
    browser = column(String(200))
    # How the first step was passed: the policy may ask it at each request.
    method = column(String(40), server_default="password")
    amr = column(String(255), server_default="")
    # The action that wants a code of its own, and the one that a code was entered for and that was
    # not done yet: a hash of method and address each.
    asks_for = optional(String(64))
    confirmed_for = optional(String(64))
    # Backup codes made with this session and not shown yet, encrypted; wiped when they are shown.
    unseen_codes = optional(Text)
