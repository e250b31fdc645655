"""What racers do with budgets."""

from __future__ import annotations

from datetime import datetime, timedelta

from vestibule.foundation.budgets import Allowed, Budget, Refused, Try, give_back, spend
from vestibule.foundation.database import Database

HOUR = timedelta(hours=1)
MANY = Budget("many", "forty an hour", 40, HOUR)
COOLING = Budget("cooling", "five, then a pause", 100, None, ((5, HOUR),))
WIDE = Budget("wide", "shared by all", 1000, HOUR)


class SpendingFromOne:
    """``runner(number)``: the answer to one try of a budget at one moment."""

    def __init__(self, url: str, now: datetime, budget: Budget) -> None:
        self.database, self.now, self.budget = Database(url), now, budget

    def __call__(self, number: int) -> Allowed | Refused:
        return spend(self.database, self.now, [Try(self.budget, "ada")])


class SpendingFromSeveral:
    """The same budgets, named in another order by every second racer."""

    def __init__(self, url: str, now: datetime) -> None:
        self.database, self.now = Database(url), now

    def __call__(self, number: int) -> Allowed | Refused:
        tries = [Try(MANY, "ada"), Try(WIDE, "ada"), Try(WIDE, "bob"), Try(WIDE, "eve")]
        return spend(self.database, self.now, tries if number % 2 else tries[::-1])


class SpendingAndGivingBack:
    """Every second allowed try is given back at once. Tells whether it kept its try."""

    def __init__(self, url: str, now: datetime) -> None:
        self.database, self.now = Database(url), now

    def __call__(self, number: int) -> bool:
        one = Try(WIDE, "ada")
        assert isinstance(spend(self.database, self.now, [one]), Allowed)
        if number % 2:
            with self.database.write() as connection:
                give_back(connection, one)
        return number % 2 == 0
