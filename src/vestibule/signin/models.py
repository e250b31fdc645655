from sqlalchemy import Boolean, ForeignKey, Integer, String, Text, false

from vestibule.foundation.tables import Base, UtcDateTime, column, optional


class PendingSignin(Base):
    """A sign-in between its steps. It grants nothing; its token is not a session's token."""

    __tablename__ = "vestibule_pending_signin"

    id = column(String(64), primary_key=True)
    subject_id = column(String(32), ForeignKey("vestibule_subject.id"), index=True)
    version = column(Integer)
    login_id = column(String(255))
    account_name = column(String(255))
    # What is still to be passed, in order, separated by blanks.
    stages = column(String(80))
    next_url = optional(Text)
    # What the host's sign-in view wrote into its session, encrypted.
    host_session = optional(Text)
    method = column(String(40), server_default="password")
    amr = column(String(255), server_default="")
    first_step_at = column(UtcDateTime)
    # When a second step was passed that is not the last stage.
    second_step_at = optional(UtcDateTime)
    # Whether a remembered browser's cookie was the first step.
    remembered = column(Boolean, server_default=false())
    # Whether a password was the first step, counted by us: not a link from a mail, nor a cookie.
    by_password = column(Boolean, server_default=false())
    # For how many seconds this browser is to be remembered once every step is passed.
    remember_for = optional(Integer)
    ends_at = column(UtcDateTime, index=True)
