"""Refused tries are told of, and whoever sends them does not fill the audit log."""

from __future__ import annotations

import pytest

from tests.stories import HostMaker, settled
from tests.support.guessing import guesses_the_password as guesses
from tests.support.visitor import Visitor
from vestibule.audit.models import Event


def is_refused(person: Visitor, times: int) -> None:
    """That often in a row, with the password of a name that has to wait."""
    guesses(person, 6)
    page = person.opens("/login")
    form = page.form(with_field="password")
    for _ in range(times - 1):
        answer = person.sends(page, form, username=person.username, password="a guess")
        assert answer.status == 429


def told(person: Visitor) -> list[int]:
    return [row.details["times"] for row in person.host.events("try.refused")]


@pytest.mark.requirement("LOG-1")
def test_ever_fewer_are_told_and_each_says_for_how_many_it_stands(
    database_url: str, make: HostMaker
) -> None:
    ann = settled(make(database_url), "ann")
    before = len(ann.host.rows(Event))
    is_refused(ann, 20)
    assert told(ann) == [1, 1, 2, 4, 8]
    five_guesses_of_two_events = 10
    assert len(ann.host.rows(Event)) - before == five_guesses_of_two_events + 5


def test_after_an_hour_the_first_is_told_again(ann: Visitor) -> None:
    is_refused(ann, 4)
    ann.host.clock.moves(hours=1)
    is_refused(ann, 1)
    assert told(ann) == [1, 1, 2, 1]


def test_what_one_name_is_refused_leaves_none_of_another_untold(ann: Visitor) -> None:
    is_refused(ann, 4)
    guesses(ann, 6, name="somebody else")
    known, unknown = ann.host.events("try.refused")[-2:]
    assert known.subject_id
    assert (unknown.details["times"], "unknown_name" in unknown.details) == (1, True)
