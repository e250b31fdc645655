"""P3: a guess is counted before it is judged; asking in parallel buys nobody another one."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from tests.promises.running.conftest import Figure
from tests.support.behind import events_of, subject_of
from tests.support.races import Send, at_once, between_the_steps, filled_in, judged, statuses
from tests.support.running_site import RunningSite
from vestibule.foundation.budgets import Budget
from vestibule.signin.schedule import CODE_ACCOUNT, PASSWORD_NAME

GUESSES = 300


def most_tries(budget: Budget, within: float) -> int:
    """How many tries in a row the schedule lets through in so many seconds."""
    count, waited = 0, timedelta(0)
    while waited <= timedelta(seconds=within) and count < budget.limit:
        count += 1
        waited += budget.cool_off_after(count)
    return count


def until_refused(guess: Send) -> None:
    """On a slow machine a waiting time may be over by now: then the next one begins."""
    while guess().status_code != 429:
        pass


@pytest.mark.requirement("RL-4")
@pytest.mark.requirement("RL-11")
@pytest.mark.requirement("FLOW-4")
def test_l09_l15_three_hundred_codes_guessed_at_once_are_few_comparisons(
    site: RunningSite, figure: Figure
) -> None:
    owner = site.member()
    thieves = between_the_steps(owner.in_another_browser() for _ in range(6))
    wrong = owner.wrong_code()
    guesses = [filled_in(thief, "/verify-2fa", totp_code=wrong) for thief in thieves]

    began = time.monotonic()
    answers = at_once(guesses * (GUESSES // len(guesses)))
    budget = most_tries(CODE_ACCOUNT, within=time.monotonic() - began)

    tries = events_of(site, owner, "try.taken", "totp")[1:]  # the first was the enrolment's
    judged_wrong = events_of(site, owner, "second_step.failed", "totp")
    assert len(judged_wrong) == len(tries) <= budget
    assert set(statuses(answers)) <= {422, 429}

    lucky, owners_phone = between_the_steps(owner.in_another_browser() for _ in range(2))
    guess = filled_in(owners_phone, "/verify-2fa", totp_code=wrong)
    right = filled_in(lucky, "/verify-2fa", totp_code=owner.authenticator.newest_code())
    until_refused(guess)
    refused = right()
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert not lucky.is_signed_in()

    # P4: the guesses closed the codes for a while, and nothing else.
    owners_phone.enters_backup_code()
    assert owners_phone.is_signed_in()
    figure(f"comparisons of {GUESSES} guessed codes", len(tries))
    figure("answers", statuses(answers))


@pytest.mark.requirement("RL-4")
@pytest.mark.requirement("RL-11")
@pytest.mark.requirement("RL-5")
@pytest.mark.requirement("ENUM-1")
@pytest.mark.parametrize(("whose", "guesses"), [("somebody", GUESSES), ("nobody", GUESSES // 3)])
def test_l09_many_passwords_guessed_at_once_are_few_comparisons(
    site: RunningSite, figure: Figure, whose: str, guesses: int
) -> None:
    target = site.member() if whose == "somebody" else site.person()
    thieves = [site.person() for _ in range(10)]  # an address each
    wrong = {"username": target.username, "password": "a wrong guess of many"}
    sends = [judged(filled_in(thief, "/login", **wrong)) for thief in thieves]
    account = subject_of(site, target) if whose == "somebody" else None
    before = passwords_compared(site, account)

    began = time.monotonic()
    answers = at_once(sends * (guesses // len(sends)))
    budget = most_tries(PASSWORD_NAME, within=time.monotonic() - began)

    compared = passwords_compared(site, account) - before
    assert compared <= budget
    assert set(statuses(answers)) <= {422, 429}

    until_refused(sends[0])
    right = site.person()
    fields = {"username": target.username, "password": target.password}
    refused = judged(filled_in(right, "/login", **fields))()
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert "vestibule-pending" not in refused.cookies
    figure(f"comparisons of {guesses} guessed passwords of {whose}", compared)
    figure("answers", statuses(answers))


def passwords_compared(site: RunningSite, whose: str | None) -> int:
    """Each is recorded when it is taken, before anything is compared; nobody has no row."""
    tries = [event for event in site.events("try.taken") if event["factor"] == "password"]
    return len([event for event in tries if event["subject_id"] == whose])
