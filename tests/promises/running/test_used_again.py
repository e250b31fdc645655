"""P2, over time: a code that was accepted is spent for good, not for its own half minute."""

from __future__ import annotations

from concurrent.futures import Future

import pytest

from tests.promises.running.used_again import UsedAgain

USED = "That code was already used"


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
@pytest.mark.requirement("TOTP-7")
@pytest.mark.requirement("TOTP-8")
def test_l16_an_accepted_code_does_not_pass_in_the_next_step_either(
    used_again: dict[str, Future[UsedAgain]], database: str
) -> None:
    seen = used_again[database].result()

    assert USED in seen.at_once
    assert USED in seen.a_step_later
    assert seen.sessions == 2  # one was opened by the enrolment
    assert seen.replays == 2
