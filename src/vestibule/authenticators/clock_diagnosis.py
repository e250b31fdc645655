"""Why a right code looks wrong while an authenticator is set up: the phone's clock.

Only for set-up, where nothing is protected yet. At sign-in the answer would tell whoever asked that
the code is still, or will be, usable.
"""

from dataclasses import dataclass
from datetime import datetime

from vestibule.authenticators.values import PERIOD, first_match, next_code_in
from vestibule.texts import Text

NEAR_STEPS = 10
HALF_HOUR = 1800
FURTHEST_HALF_HOURS = 28
"""14 hours: the time zones of the world lie within."""

CERTAIN_DRIFT = 2
"""Good codes in a row, each half a step off at least, after which the clock is called wrong."""

MOST_DRIFT = CERTAIN_DRIFT + 1

_NEAR = tuple(sorted(range(-NEAR_STEPS, NEAR_STEPS + 1), key=abs))
# A phone in another zone is late by the person's typing as well: a step to each side.
_FAR = tuple(
    sign * half_hours * (HALF_HOUR // PERIOD) + delay
    for half_hours in range(1, FURTHEST_HALF_HOURS + 1)
    for sign in (-1, 1)
    for delay in (0, -1, 1)
)


@dataclass(frozen=True)
class ClockFault:
    """How far the phone's clock is ahead (or, below 0, behind), in seconds.

    ``step`` is the step whose code was typed. A fault that is not ``certain`` was found among so
    many codes that a typing error may have hit one: it wants a second code with the same fault.
    """

    seconds: int
    step: int
    certain: bool

    def sentence(self) -> Text:
        length = _spoken(self.seconds)
        match self.certain, self.seconds > 0:
            case True, True:
                return Text(
                    "Your phone's clock is about %(length)s ahead: "
                    "let the phone set its time automatically.",
                    length=length,
                )
            case True, False:
                return Text(
                    "Your phone's clock is about %(length)s behind: "
                    "let the phone set its time automatically.",
                    length=length,
                )
            case False, True:
                return Text(
                    "Your phone's clock seems to be exactly %(length)s ahead: "
                    "check the time zone, then enter the next code.",
                    length=length,
                )
        return Text(
            "Your phone's clock seems to be exactly %(length)s behind: "
            "check the time zone, then enter the next code.",
            length=length,
        )


def diagnose(secret: str, code: str, at: datetime) -> ClockFault | None:
    """Find the clock under which this code is right: up to 10 steps, or half hours up to 14 h, off.

    None where there is none, or where the clock is right.
    """
    near = first_match(secret, code, at, _NEAR)
    if near:
        return ClockFault(near.offset * PERIOD, near.step, certain=True) if near.offset else None
    far = first_match(secret, code, at, _FAR)
    if far:
        return ClockFault(
            round(far.offset * PERIOD / HALF_HOUR) * HALF_HOUR, far.step, certain=False
        )
    return None


def drift_after(before: int, offset: int, at: datetime) -> int:
    """How many good codes in a row showed a wrong clock: above 0 ahead, below 0 behind.

    A code of a neighbouring step may only have been typed slowly, or at the turn of a step: it is
    evidence where half a step lies between. Learned from successes alone, kept within
    ``MOST_DRIFT``, and never used to accept a code (TOTP-10).
    """
    if offset == 0:
        return 0
    to_turn = next_code_in(at) if offset > 0 else PERIOD - next_code_in(at)
    same_way = before if before * offset > 0 else 0
    if to_turn < PERIOD // 2:
        return same_way
    return max(-MOST_DRIFT, min(MOST_DRIFT, same_way + offset))


def is_certain(drift: int) -> bool:
    """Whether the clock is off for certain: one code may be chance."""
    return abs(drift) >= CERTAIN_DRIFT


def _spoken(seconds: int) -> Text:
    length = abs(seconds)
    if length == HALF_HOUR:
        return Text("half an hour")
    if length > HALF_HOUR:
        return _hours(*divmod(length, 3600))
    if length < 60:
        return Text.counted("%(count)s second", "%(count)s seconds", length)
    return _minutes(*divmod(length, 60))


def _hours(whole: int, rest: int) -> Text:
    """1 hour, 1½ hours."""
    if rest:
        return Text("%(whole)s½ hours", whole=whole)
    return Text.counted("%(count)s hour", "%(count)s hours", whole)


def _minutes(whole: int, rest: int) -> Text:
    if rest:
        return Text("%(whole)s½ minutes", whole=whole)
    return Text.counted("%(count)s minute", "%(count)s minutes", whole)
