"""What a budget allows, refuses, and says about the time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, select

from tests.foundation.tickets import Ticket
from vestibule.foundation.budgets import (
    Allowed,
    Budget,
    BudgetRow,
    Refused,
    Try,
    clear,
    give_back,
    peek,
    purge,
    spend,
)
from vestibule.foundation.database import Database, Unavailable, insert_new

NOON = datetime(2040, 5, 1, 12, 0, tzinfo=UTC)  # beyond 2038
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)

WINDOW = Budget("window", "three a minute", 3, MINUTE)
IN_A_ROW = Budget("in_a_row", "a hundred in a row, slower and slower", 100, None,
                  ((2, 10 * SECOND), (4, MINUTE)))  # fmt: skip
STRICT = Budget("strict", "one a minute", 1, MINUTE)


def count_of(database: Database, one: Try) -> int | None:
    with database.read() as connection:
        query = select(BudgetRow.count).where(
            BudgetRow.kind == one.budget.kind, BudgetRow.subject == one.subject
        )
        return connection.scalar(query)


def look(database: Database, now: datetime, *tries: Try) -> Refused | None:
    with database.read() as connection:
        return peek(connection, now, tries)


def returned(database: Database, one: Try) -> None:
    with database.write() as connection:
        give_back(connection, one)


def test_a_window_allows_its_limit_and_opens_again_when_it_is_over(database: Database) -> None:
    a_try = [Try(WINDOW, "ada")]
    counts = [spend(database, NOON + n * SECOND, a_try) for n in range(3)]
    assert counts == [Allowed({"window": 1}), Allowed({"window": 2}), Allowed({"window": 3})]

    refused = Refused("window", NOON + MINUTE)
    assert spend(database, NOON + 3 * SECOND, a_try) == refused
    assert spend(database, NOON + MINUTE - SECOND, a_try) == refused
    assert look(database, NOON + MINUTE - SECOND, *a_try) == refused

    assert look(database, NOON + MINUTE, *a_try) is None
    assert spend(database, NOON + MINUTE, a_try) == Allowed({"window": 1})


def test_subjects_do_not_share_a_budget(database: Database) -> None:
    spend(database, NOON, [Try(STRICT, "ada")])
    assert isinstance(spend(database, NOON, [Try(STRICT, "ada")]), Refused)
    assert spend(database, NOON, [Try(STRICT, "bob")]) == Allowed({"strict": 1})


def test_a_try_may_cost_several_units_and_is_never_taken_in_part(database: Database) -> None:
    assert spend(database, NOON, [Try(WINDOW, "ada", cost=2)]) == Allowed({"window": 2})
    assert isinstance(spend(database, NOON, [Try(WINDOW, "ada", cost=2)]), Refused)
    assert spend(database, NOON, [Try(WINDOW, "ada")]) == Allowed({"window": 3})
    never = Refused("window", None)
    assert spend(database, NOON, [Try(WINDOW, "bob", cost=4)]) == never
    assert look(database, NOON, Try(WINDOW, "bob", cost=4)) == never
    assert count_of(database, Try(WINDOW, "bob")) is None


@pytest.mark.requirement("RL-3")
def test_the_wait_grows_and_a_try_refused_meanwhile_does_not_lengthen_it(
    database: Database,
) -> None:
    a_try = [Try(IN_A_ROW, "ada")]
    assert spend(database, NOON, a_try) == Allowed({"in_a_row": 1})
    assert spend(database, NOON, a_try) == Allowed({"in_a_row": 2})
    for seconds in (0, 1, 9):
        refused = spend(database, NOON + seconds * SECOND, a_try)
        assert refused == Refused("in_a_row", NOON + 10 * SECOND)

    third = NOON + 10 * SECOND
    assert spend(database, third, a_try) == Allowed({"in_a_row": 3})
    assert spend(database, third, a_try) == Refused("in_a_row", third + 10 * SECOND)
    fourth = third + 10 * SECOND
    assert spend(database, fourth, a_try) == Allowed({"in_a_row": 4})
    assert spend(database, fourth, a_try) == Refused("in_a_row", fourth + MINUTE)


def test_one_expensive_first_try_brings_its_cool_off_too(database: Database) -> None:
    assert spend(database, NOON, [Try(IN_A_ROW, "ada", cost=5)]) == Allowed({"in_a_row": 5})
    assert spend(database, NOON, [Try(IN_A_ROW, "ada")]) == Refused("in_a_row", NOON + MINUTE)


@pytest.mark.requirement("RL-2")
def test_a_count_in_a_row_stays_closed_until_it_is_cleared(database: Database) -> None:
    disabling = Budget("disabling", "then bind it again", 2, None)
    a_try = Try(disabling, "phone")
    spend(database, NOON, [a_try])
    spend(database, NOON, [a_try])
    years_later = NOON + timedelta(days=3000)
    assert spend(database, years_later, [a_try]) == Refused("disabling", None)

    with database.write() as connection:
        clear(connection, disabling, "phone")
    assert spend(database, years_later, [a_try]) == Allowed({"disabling": 1})


def test_a_cool_off_outlives_the_window_in_which_it_began(database: Database) -> None:
    budget = Budget("slow", "two a minute, then an hour", 2, MINUTE, ((2, 60 * MINUTE),))
    spend(database, NOON, [Try(budget, "ada", cost=2)])
    after_the_window = NOON + 2 * MINUTE
    an_hour = NOON + 60 * MINUTE
    assert spend(database, after_the_window, [Try(budget, "ada")]) == Refused("slow", an_hour)
    assert spend(database, an_hour, [Try(budget, "ada")]) == Allowed({"slow": 1})


def test_a_refused_try_takes_nothing_from_the_other_budgets(database: Database) -> None:
    spend(database, NOON, [Try(STRICT, "ada")])
    both_sides = [Try(IN_A_ROW, "before"), Try(STRICT, "ada"), Try(WINDOW, "after")]
    assert spend(database, NOON, both_sides) == Refused("strict", NOON + MINUTE)
    assert count_of(database, Try(IN_A_ROW, "before")) is None
    assert count_of(database, Try(WINDOW, "after")) is None
    assert count_of(database, Try(STRICT, "ada")) == 1


def test_the_answer_names_the_budget_that_opens_last(database: Database) -> None:
    closed = Budget("closed", "never", 0, None)
    spend(database, NOON, [Try(STRICT, "ada"), Try(IN_A_ROW, "ada", cost=2)])
    waits = [Try(IN_A_ROW, "ada"), Try(STRICT, "ada"), Try(WINDOW, "ada")]
    assert spend(database, NOON, waits) == Refused("strict", NOON + MINUTE)
    assert look(database, NOON, *waits) == Refused("strict", NOON + MINUTE)
    assert spend(database, NOON, [*waits, Try(closed, "ada")]) == Refused("closed", None)


def test_of_several_tries_of_one_kind_the_highest_count_is_told(database: Database) -> None:
    spend(database, NOON, [Try(WINDOW, "a phone")])
    both = [Try(WINDOW, "a phone"), Try(WINDOW, "another phone")]
    assert spend(database, NOON, both) == Allowed({"window": 2})


def test_what_is_recorded_shares_the_fate_of_the_try(database: Database) -> None:
    def record(connection: Connection, _: object = None) -> None:
        insert_new(connection, Ticket, name="attempt")

    def fail(connection: Connection, _: Allowed) -> None:
        record(connection)
        raise OSError("power cut")

    with pytest.raises(OSError, match="power cut"):
        spend(database, NOON, [Try(STRICT, "ada")], fail)
    assert count_of(database, Try(STRICT, "ada")) is None

    spend(database, NOON, [Try(STRICT, "ada")], record)
    with database.write() as connection:
        assert not insert_new(connection, Ticket, name="attempt")  # it is there


def test_a_refused_try_records_nothing(database: Database) -> None:
    recorded: list[Allowed] = []
    spend(database, NOON, [Try(STRICT, "ada")])
    spend(database, NOON, [Try(STRICT, "ada")], lambda _, taken: recorded.append(taken))
    assert recorded == []


def test_what_is_taken_quietly_undoes_nothing_where_it_is_refused(database: Database) -> None:
    told: list[Allowed] = []

    def one_more() -> Allowed | Refused:
        tries, account_too = [Try(WINDOW, "name")], [Try(STRICT, "account")]
        return spend(database, NOON, tries, lambda _, taken: told.append(taken), account_too)

    assert one_more() == Allowed({"window": 1, "strict": 1})
    assert one_more() == Allowed({"window": 2})
    assert told == [Allowed({"window": 1, "strict": 1}), Allowed({"window": 2})]
    assert count_of(database, Try(WINDOW, "name")) == 2
    assert count_of(database, Try(STRICT, "account")) == 1


def test_l12_the_count_outlives_a_rollback_of_the_request(database: Database) -> None:
    spend(database, NOON, [Try(STRICT, "ada")])

    def work() -> None:
        with database.write() as connection:
            insert_new(connection, Ticket, name="the request's own work")
            raise OSError("connection to the browser lost")

    with pytest.raises(OSError, match="lost"):
        work()
    assert isinstance(spend(database, NOON, [Try(STRICT, "ada")]), Refused)


def test_l29_a_budget_without_its_store_lets_nobody_try(sqlite_database: Database) -> None:
    path = sqlite_database.engine.url.database
    sqlite_database.dispose()
    with open(str(path), "wb") as file:
        file.write(b"this was a database" * 1000)
    with pytest.raises(Unavailable):
        spend(sqlite_database, NOON, [Try(WINDOW, "ada")])


def test_what_is_given_back_can_be_taken_again(database: Database) -> None:
    a_try = [Try(STRICT, "ada")]
    spend(database, NOON, a_try)
    returned(database, *a_try)
    assert spend(database, NOON, a_try) == Allowed({"strict": 1})


def test_giving_back_ends_the_cool_off_that_the_try_began(database: Database) -> None:
    spend(database, NOON, [Try(IN_A_ROW, "ada")])
    spend(database, NOON, [Try(IN_A_ROW, "ada")])
    returned(database, Try(IN_A_ROW, "ada"))
    assert spend(database, NOON, [Try(IN_A_ROW, "ada")]) == Allowed({"in_a_row": 2})


def test_giving_back_leaves_a_cool_off_that_earlier_tries_earned(database: Database) -> None:
    spend(database, NOON, [Try(IN_A_ROW, "ada", cost=3)])
    returned(database, Try(IN_A_ROW, "ada"))
    still = Refused("in_a_row", NOON + 10 * SECOND)
    assert spend(database, NOON, [Try(IN_A_ROW, "ada")]) == still


def test_giving_back_never_makes_credit(database: Database) -> None:
    spend(database, NOON, [Try(WINDOW, "ada")])
    returned(database, Try(WINDOW, "ada", cost=3))
    assert count_of(database, Try(WINDOW, "ada")) == 0


def test_purge_removes_only_rows_that_say_nothing_any_more(database: Database) -> None:
    given_back = Try(Budget("empty", "given back", 9, None), "ada")
    tries = [Try(WINDOW, "ada"), Try(IN_A_ROW, "ada"), given_back]
    slow = Try(Budget("slow", "cools off for long", 9, MINUTE, ((1, 60 * MINUTE),)), "ada")
    spend(database, NOON, [*tries, slow])
    returned(database, given_back)

    def purged(now: datetime) -> int:
        with database.write() as connection:
            return purge(connection, now)

    assert purged(NOON + SECOND) == 1  # the one that was given back
    assert purged(NOON + MINUTE) == 1  # the window
    assert purged(NOON + 60 * MINUTE) == 1  # the long cool-off
    assert count_of(database, Try(IN_A_ROW, "ada")) == 1


def test_cool_offs_are_chosen_by_the_count() -> None:
    waits = [IN_A_ROW.cool_off_after(count) for count in (0, 1, 2, 3, 4, 50)]
    assert waits == [0 * SECOND, 0 * SECOND, 10 * SECOND, 10 * SECOND, MINUTE, MINUTE]


@pytest.mark.parametrize("subject", ["", "x" * 129, "ö", "a\nb", "\ud800"])
def test_a_subject_that_was_typed_by_a_stranger_is_refused(subject: str) -> None:
    with pytest.raises(ValueError, match="printable ASCII"):
        Try(WINDOW, subject)


def test_budgets_and_tries_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="rising"):
        Budget("k", "r", 5, None, ((4, SECOND), (2, SECOND)))
    with pytest.raises(ValueError, match="kind"):
        Budget("k" * 41, "r", 5, None)
    with pytest.raises(ValueError, match="limit"):
        Budget("k", "r", -1, None)
    with pytest.raises(ValueError, match="at least one"):
        Try(WINDOW, "ada", cost=0)


def test_what_is_taken_quietly_goes_with_the_others_where_they_are_refused(
    database: Database,
) -> None:
    spend(database, NOON, [Try(STRICT, "name")])
    quietly = [Try(WINDOW, "account")]
    refused = spend(database, NOON, [Try(STRICT, "name")], quietly=quietly)
    assert refused == Refused("strict", NOON + MINUTE)
    assert count_of(database, Try(WINDOW, "account")) is None


def test_each_budget_of_one_statement_goes_by_its_own_schedule(database: Database) -> None:
    tries = [Try(IN_A_ROW, "ada"), Try(STRICT, "ada"), Try(WINDOW, "ada", cost=2)]
    counts = {"in_a_row": 1, "strict": 1, "window": 2}
    assert spend(database, NOON, tries) == Allowed(counts)
    # Each alone is what it would be had it been taken alone.
    assert spend(database, NOON, [tries[0]]) == Allowed({"in_a_row": 2})
    assert isinstance(spend(database, NOON, [tries[0]]), Refused)
    assert isinstance(spend(database, NOON, [tries[1]]), Refused)
    assert spend(database, NOON, [Try(WINDOW, "ada")]) == Allowed({"window": 3})
    assert isinstance(spend(database, NOON, [Try(WINDOW, "ada")]), Refused)
    assert spend(database, NOON + MINUTE, tries) == Allowed(counts | {"in_a_row": 3})


def test_one_row_named_twice_is_taken_twice(database: Database) -> None:
    twice = [Try(WINDOW, "ada"), Try(WINDOW, "ada")]
    assert spend(database, NOON, twice) == Allowed({"window": 2})
    assert isinstance(spend(database, NOON, twice), Refused)
    assert spend(database, NOON, [Try(WINDOW, "ada")]) == Allowed({"window": 3})
