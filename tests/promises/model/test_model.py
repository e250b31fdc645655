"""Every action in random orders, by an owner with two browsers and by three thieves, against a
small model: who is inside, at which level, until when (P1, P2, P5, P7).

``world.py`` says what must be true, ``ledger.py`` is the model, and each other module has what can
be done with one feature. What is new becomes a class of rules, and a base of :class:`Everything`.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.promises.model.factors import ChangingFactors
from tests.promises.model.passwords import Passwords
from tests.promises.model.thieves import Thieves
from tests.promises.model.trusting import Trusting
from tests.promises.model.world import World

pytestmark = [pytest.mark.requirement(one) for one in ("P1", "P2", "P5", "P7")]

STEPS = 50


class Everything(Trusting, ChangingFactors, Passwords, Thieves):
    """Every action there is."""


@pytest.mark.parametrize("steps", [3_000, pytest.param(200_000, marks=pytest.mark.soak)])
def test_in_any_order_of_actions_the_promises_hold(
    steps: int, record_property: Callable[[str, object], None]
) -> None:
    is_soak = steps > 3_000
    run_state_machine_as_test(
        Everything,
        settings=settings(
            max_examples=steps // STEPS,
            stateful_step_count=STEPS,
            # The same steps each time in `make test`, others in each `make soak`.
            derandomize=not is_soak,
            database=None,
            # Shrinking what failed takes minutes: the steps are told as they were.
            phases=[Phase.generate, *([Phase.shrink] if is_soak else [])],
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    for what, often in sorted(World.done.items()):
        record_property(what, often)
