"""What is left out of codes that people type, and what never is."""

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vestibule.foundation.typed_text import without_separators

BETWEEN = [" ", "\t", "\n", "\u00a0", "\u2009", "\u3000", "-", "\u2013", "\u2212", "\u00ad"]
UNSEEN = ["\u200b", "\u200d", "\ufeff", "\u2060", "\u202a", "\u2066", "\u200f", "\u3164", "\ufe0f"]


@pytest.mark.parametrize("separator", BETWEEN + UNSEEN, ids=ascii)
def test_a_separator_is_left_out_wherever_it_stands(separator: str) -> None:
    assert without_separators(f"{separator}12{separator * 2}3{separator}") == "123"


def test_full_width_forms_are_read_as_ascii() -> None:
    assert without_separators("\uff10\uff19\uff21\uff5a\uff0d") == "09Az"


@pytest.mark.parametrize(
    "kept", ["\u0663", "e\u0301", "\ud800", "_", ".", "ı", "\U0001f511"], ids=ascii
)
def test_what_could_mean_something_stays_so_that_it_is_refused(kept: str) -> None:
    assert without_separators(f"1{kept}2") == f"1{kept}2"


@settings(deadline=None)
@given(st.text())
def test_what_comes_out_has_nothing_left_to_take_out(text: str) -> None:
    once = without_separators(text)
    assert without_separators(once) == once


@settings(deadline=None)
@given(st.text(alphabet=string.ascii_letters + string.digits))
def test_letters_and_digits_are_never_touched(text: str) -> None:
    assert without_separators(text) == text
