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


def loses_the_authenticator_to_guessing(person: Visitor) -> None:
    """A hundred wrong codes in a row. The first 99 are put on the account: the whole walk by the
    clock is a story of its own.
    """
    person.enters_password()
    guesses(person, 1)
    values = {"count": 99, "blocked_until": None}
    with person.host.engine.begin() as connection:
        connection.execute(
            update(BudgetRow).where(BudgetRow.kind == CODE_ACCOUNT.kind).values(values)
        )
    assert guesses(person, 1).status == 422
