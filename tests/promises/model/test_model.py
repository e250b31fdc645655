"""Every action in random orders, by an owner with two browsers, three thieves, an administrator
and an operator, against a small model: who is inside, at which level, until when (P1, P2, P5, P7).

``world.py`` says what must be true, ``people.py`` and ``ledger.py`` are the model, and each other
module has what can be done with one feature. What is new becomes a class of rules, and a base of
:class:`Everything`.
"""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.promises.model.administrating import Administrating
from tests.promises.model.passwords import Passwords
from tests.promises.model.recovering import Recovering
from tests.promises.model.thieves import Thieves
from tests.promises.model.touching import Touching
from tests.promises.model.trusting import Trusting
from tests.promises.model.world import World

pytestmark = [pytest.mark.requirement(one) for one in ("P1", "P2", "P5", "P7")]

STEPS, TIMES = 50, 10
"""Of one run. After ten times Hypothesis would try variations of what it had more than new runs."""

HAPPENS = {
    *("signed in with a code", "signed in with a backup code", "signed out"),
    *("code refused: spent", "backup code refused: used", "new backup codes made"),
    *("registered", "authenticator set up", "authenticator renamed", "password changed"),
    *("passkey added", "signed in with a passkey alone", "passkey after the password"),
    *("passkey removed", "passkey’s answer replayed"),
    *("password set with a link", "this was not me", "browser trusted", "trusted browser used"),
    *("recovery asked for", "recovery refused: barred", "recovery open", "recovered"),
    *("a thief waited long enough", "recovery stopped at the last moment"),
    *("address changed", "second address added", "user name changed", "account closed"),
    *("signed out everywhere else", "one session signed out", "trust ended"),
    *("administrator: reset-second-step", "administrator: disable", "administrator: sign-out"),
    *("administration refused", "operator: reset", "operator: create-admin"),
}
"""A model in which nothing happens is always right."""


class Everything(Touching, Trusting, Passwords, Recovering, Administrating, Thieves):
    """Every action there is."""


@pytest.mark.parametrize("steps", [3_000, pytest.param(200_000, marks=pytest.mark.soak)])
def test_in_any_order_of_actions_the_promises_hold(
    steps: int, record_property: Callable[[str, object], None]
) -> None:
    World.done.clear()
    World.steps = 0
    is_soak = steps > 3_000
    for number in itertools.count():
        has_happened = set(World.done) >= HAPPENS
        # What is rare may be missing when something else is new: then it goes on for a while.
        if World.steps >= (steps if has_happened else 2 * steps):
            break
        # The same steps each time in `make test`, others in each `make soak`.
        seeded = seed(secrets.randbits(64) if is_soak else number)(Everything)
        run_state_machine_as_test(
            seeded,
            settings=settings(
                max_examples=TIMES,
                stateful_step_count=STEPS,
                # Shrinking takes minutes: what failed is told as it was.
                phases=[Phase.generate, *([Phase.shrink] if is_soak else [])],
                database=None,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
    for what, often in sorted(World.done.items()):
        record_property(what, often)
    record_property("steps", World.steps)
    assert set(World.done) >= HAPPENS
