"""Somebody who guesses codes, in the stories that need it."""

from __future__ import annotations

from sqlalchemy import update

from tests.support.seen import Seen
from tests.support.visitor import Visitor
from vestibule.foundation.budgets import Budget, BudgetRow
from vestibule.signin.schedule import CODE_ACCOUNT


def guesses(person: Visitor, times: int) -> Seen:
    """Wrong codes in one sign-in, until the site refuses; the last answer."""
    page = person.opens("/verify-2fa")
    for _ in range(times):
        if page.status == 429:
            break
        page = person.sends(page, page.form(with_field="totp_code"), totp_code=person.wrong_code())
    return page


def spent(person: Visitor, budget: Budget) -> int:
    """What all subjects together took from a budget."""
    return sum(row.count for row in person.host.rows(BudgetRow) if row.kind == budget.kind)


def sets_count(person: Visitor, budget: Budget, count: int) -> None:
    """As if so much was taken from a budget long ago."""
    values = {"count": count, "blocked_until": None}
    with person.host.engine.begin() as connection:
        connection.execute(update(BudgetRow).where(BudgetRow.kind == budget.kind).values(values))


def nobody_waits(person: Visitor) -> None:
    """As if the last try of every budget was long ago."""
    with person.host.engine.begin() as connection:
        connection.execute(update(BudgetRow).values(blocked_until=None))


def guesses_the_password(person: Visitor, times: int, *, name: str | None = None) -> Seen:
    """Wrong passwords, until the site refuses; the last answer."""
    page = person.opens("/login")
    fields = {"username": name or person.username, "password": "a guess"}
    for _ in range(times):
        page = person.sends(page, page.form(with_field="password"), **fields)
        if page.status == 429:
            break
    return page


def loses_the_authenticator_to_guessing(person: Visitor) -> None:
    """A hundred wrong codes in a row. All but the last are put on the account: the whole walk by
    the clock is a story of its own.
    """
    person.enters_password()
    guesses(person, 1)
    nobody_waits(person)
    sets_count(person, CODE_ACCOUNT, CODE_ACCOUNT.limit - len(person.papers.secrets))
    assert guesses(person, 1).status == 422
