"""Budgets under attack from four processes with eight threads each."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.foundation import spenders
from tests.foundation.racers import Racers
from tests.foundation.test_budgets import count_of
from vestibule.foundation.budgets import Allowed, Refused, Try
from vestibule.foundation.database import Database

NOW = datetime(2031, 1, 1, tzinfo=UTC)


@pytest.mark.requirement("RL-4")
@pytest.mark.requirement("RL-11")
def test_l09_of_300_parallel_tries_exactly_the_limit_is_allowed(
    database: Database, database_url: str, racers: Racers
) -> None:
    answers = racers.race(spenders.SpendingFromOne, database_url, NOW, spenders.MANY, times=300)
    counts = sorted(one.counts["many"] for one in answers if isinstance(one, Allowed))
    assert counts == list(range(1, 41))  # no count was given twice
    refused = [one for one in answers if isinstance(one, Refused)]
    assert refused == [Refused("many", NOW + spenders.HOUR)] * 260


@pytest.mark.requirement("RL-3")
@pytest.mark.requirement("RL-4")
def test_a_cool_off_stops_parallel_tries_at_its_count(
    database: Database, database_url: str, racers: Racers
) -> None:
    answers = racers.race(spenders.SpendingFromOne, database_url, NOW, spenders.COOLING, times=100)
    assert sum(isinstance(one, Allowed) for one in answers) == 5
    assert answers.count(Refused("cooling", NOW + spenders.HOUR)) == 95


def test_tries_of_several_budgets_in_any_order_neither_deadlock_nor_leak(
    database: Database, database_url: str, racers: Racers
) -> None:
    # A deadlock would be an exception here: the database ends it, and the racer tells.
    answers = racers.race(spenders.SpendingFromSeveral, database_url, NOW, times=160)
    assert sum(isinstance(one, Allowed) for one in answers) == 40
    for subject in ("ada", "bob", "eve"):
        assert count_of(database, Try(spenders.WIDE, subject)) == 40


def test_what_is_given_back_in_a_race_is_counted_right(
    database: Database, database_url: str, racers: Racers
) -> None:
    kept = racers.race(spenders.SpendingAndGivingBack, database_url, NOW, times=80)
    assert count_of(database, Try(spenders.WIDE, "ada")) == kept.count(True) == 40
