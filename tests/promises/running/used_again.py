"""A code that was accepted once and comes again in the next step of the clock (L16)."""

from __future__ import annotations

import time
from dataclasses import dataclass

from tests.support.authenticator import STEP
from tests.support.behind import events_of, sessions_of
from tests.support.races import between_the_steps
from tests.support.running_site import RunningSite


@dataclass(frozen=True)
class UsedAgain:
    """What was on the page in the step of its use and in the next one, and what came of it."""

    at_once: str
    a_step_later: str
    sessions: int
    replays: int


def uses_a_code_again(site: RunningSite) -> UsedAgain:
    """The newest code of the window, so that it is inside the window in the next step too."""
    person = site.member()
    owner, thief = between_the_steps(person.in_another_browser() for _ in range(2))
    code = person.authenticator.newest_code()
    owner.enters_code(code)
    used_at = time.time()
    at_once = thief.enters_code(code)
    time.sleep(STEP - used_at % STEP)
    a_step_later = thief.enters_code(code)
    return UsedAgain(
        at_once.text,
        a_step_later.text,
        len(sessions_of(site, person)),
        len(events_of(site, person, "second_step.replayed")),
    )
