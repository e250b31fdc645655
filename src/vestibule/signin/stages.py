"""The stages of a sign-in: what is left after the password, decided in one place."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from vestibule.sessions.values import SigninContext


class Stage(StrEnum):
    """What a sign-in may still have to pass. A new kind of stage is one more name here."""

    SECOND_STEP = "second-step"
    PASSKEY = "passkey"
    """A second step that cannot be phished."""
    ENROLMENT = "enrolment"
    RECOVERY = "recovery"
    """Enrolment in place of a second step that was lost, after the waiting time."""
    PASSKEY_ENROLMENT = "passkey-enrolment"
    """Enrolment of a passkey, where nothing else is enough."""


OF_A_SECOND_STEP = frozenset({Stage.SECOND_STEP, Stage.PASSKEY})


def stages_left(
    *,
    has_second_step: bool,
    is_required: bool,
    has_passkey: bool = False,
    phishing_resistant: bool = False,
) -> tuple[Stage, ...]:
    """The stages between the password and a session.

    A disabled authenticator counts as a second step: otherwise 100 wrong codes would open the way
    to enrol another one with the password alone (P1). Where only a passkey is enough, an account
    that has one passes nothing else: a code that was phished would set up a passkey of the thief's.
    """
    if phishing_resistant:
        if has_passkey:
            return (Stage.PASSKEY,)
        if has_second_step:
            return (Stage.SECOND_STEP, Stage.PASSKEY_ENROLMENT)
        return (Stage.PASSKEY_ENROLMENT,)
    if has_second_step:
        return (Stage.SECOND_STEP,)
    if is_required:
        return (Stage.ENROLMENT,)
    return ()


class Pending(NamedTuple):
    """A pending sign-in that was valid when it was loaded for this request."""

    id: str
    subject_id: str
    version: int
    user_id: str
    login_id: str
    account_name: str
    stages: tuple[Stage, ...]
    next_url: str | None
    host_session: str | None
    context: SigninContext
    remembered: bool
    by_password: bool
    remember_for: int | None
    first_step_at: datetime
    ends_at: datetime
    second_step_at: datetime | None = None

    @property
    def stage(self) -> Stage:
        return self.stages[0]


class PendingOver(NamedTuple):
    """A sign-in that is over: enough is kept to lead the person back kindly."""

    account_name: str
    next_url: str | None
    allowed: timedelta | None = None
    """The time it had, where that is over; None where it ended for another reason."""
