"""Why a right code looks wrong while an authenticator is set up: the phone's clock.

Only for set-up, where nothing is protected yet. At sign-in the answer would tell whoever asked that
the code is still, or will be, usable.
"""

from dataclasses import dataclass
from datetime import datetime

from vestibule.authenticators.values import PERIOD, first_match

NEAR_STEPS = 10
HALF_HOUR = 1800
FURTHEST_HALF_HOURS = 28
"""14 hours: the time zones of the world lie within."""

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

    def sentence(self) -> str:
        direction = "ahead" if self.seconds > 0 else "behind"
        if self.certain:
            return (
                f"Your phone's clock is about {_spoken(self.seconds)} {direction}: "
                "let the phone set its time automatically."
            )
        return (
            f"Your phone's clock seems to be exactly {_spoken(self.seconds)} {direction}: "
            "check the time zone, then enter the next code."
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


def _spoken(seconds: int) -> str:
    length = abs(seconds)
    if length == HALF_HOUR:
        return "half an hour"
    if length > HALF_HOUR:
        return _with_halves(length, 3600, "hour")
    return f"{length} seconds" if length < 60 else _with_halves(length, 60, "minute")


def _with_halves(seconds: int, unit: int, name: str) -> str:
    """2 minutes, 2½ minutes, 1 hour."""
    whole, rest = divmod(seconds, unit)
    return f"{whole}{'½' if rest else ''} {name}{'' if seconds == unit else 's'}"
