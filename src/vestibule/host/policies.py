"""Checking what a host says about its policy, where it says it."""

import inspect
from collections.abc import Sequence
from typing import Any

from vestibule.sessions.values import SigninContext
from vestibule.settings import Settings
from vestibule.signin.policy import Decide, Policy, Required

LONGEST_METHOD = 40
LONGEST_AMR = 255

_TWO = "A policy takes the user and how they came: def policy(user, context): ..."


def checked_decide(decide: Decide) -> Decide:
    """Raises TypeError unless it is an ordinary function of exactly two parameters."""
    if inspect.iscoroutinefunction(decide):
        raise TypeError("A policy is asked and answers at once: def, not async def.")
    try:
        taken = list(inspect.signature(decide).parameters.values())
    except (TypeError, ValueError):
        raise TypeError(f"{_TWO} Not {decide!r}.") from None
    by_place = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    if len(taken) != 2 or any(one.kind not in by_place for one in taken):
        names = ", ".join(str(one) for one in taken)
        raise TypeError(f"{_TWO} This one takes ({names}).")
    return decide


def decide_by(settings: Settings) -> Decide:
    """The policy of the settings, the same for everybody."""

    def always(_user: Any, _context: SigninContext) -> Policy:
        match settings.policy:
            case "off" | "optional":
                return settings.policy
        only_passkeys = settings.policy == "phishing_resistant"
        return Required(settings.policy_since, phishing_resistant=only_passkeys)

    return always


def checked_context(method: object, amr: Sequence[object]) -> SigninContext:
    """Raises ValueError for what cannot be kept."""
    if not isinstance(method, str) or not 1 <= len(method) <= LONGEST_METHOD:
        raise ValueError(f"{method!r} is no way to come: a text of at most {LONGEST_METHOD}.")
    if isinstance(amr, str):
        raise ValueError(f'amr is a list of texts: amr=["{amr}"].')
    values = tuple(one for one in amr if isinstance(one, str) and one.split() == [one])
    if values != tuple(amr):
        raise ValueError(f"amr is a list of words without blanks, not {amr!r}.")
    context = SigninContext(method, values)
    if len(context.amr_text) > LONGEST_AMR:
        raise ValueError(f"amr has more than {LONGEST_AMR} characters.")
    return context
