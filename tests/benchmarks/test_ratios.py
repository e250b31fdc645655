"""What the ratios of `make bench` are made of."""

import pytest

from benchmarks.client import SignInFailed, token_of
from benchmarks.turns import Found


def test_a_ratio_is_the_median_of_those_within_a_turn() -> None:
    found = Found()
    # Half as fast in the second turn; in the last one something else was in the way.
    found.server["sign-in", "us"] = [12.0, 24.0, 36.0]
    found.server["sign-in", "hash"] = [10.0, 20.0, 10.0]

    assert found.ratio(("sign-in", "us"), ("sign-in", "hash")) == 1.2


def test_the_cost_of_the_database_is_added_where_it_is_asked_for() -> None:
    found = Found()
    found.server["page", "us"] = [2.0]
    found.database["page", "us"] = [1.0]
    found.server["page", "hello"] = [1.0]

    assert found.ratio(("page", "us"), ("page", "hello"), with_database=True) == 3.0


def test_there_is_no_ratio_of_what_was_not_measured() -> None:
    assert Found().ratio(("page", "us"), ("page", "hello")) is None


@pytest.mark.parametrize(
    ("field", "page"),
    [
        ("csrf_token", '<input type="hidden" name="csrf_token" value="abc">'),
        ("csrf_token", '<input id="csrf_token" name="csrf_token" type="hidden" value="abc">'),
        ("csrfmiddlewaretoken", '<input type="hidden" name="csrfmiddlewaretoken" value="abc">'),
    ],
)
def test_the_token_of_each_sites_form_is_found(field: str, page: str) -> None:
    assert token_of(page, field) == "abc"


def test_a_page_without_a_form_is_no_sign_in() -> None:
    with pytest.raises(SignInFailed):
        token_of("<p>Busy.</p>")
