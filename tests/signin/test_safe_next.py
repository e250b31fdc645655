"""A sign-in leads to a path on this site and nowhere else."""

import re
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import example, given, settings

from tests.support.next_targets import INSIDE, ORIGIN, OUTSIDE, origin_in_a_browser, targets
from vestibule.signin.values import safe_next


@pytest.mark.requirement("FLOW-7")
@pytest.mark.parametrize("target", INSIDE, ids=ascii)
def test_a_path_on_this_site_is_kept_as_it_is(target: str) -> None:
    assert safe_next(target) == target


@pytest.mark.requirement("FLOW-7")
@pytest.mark.parametrize("target", OUTSIDE, ids=lambda target: ascii(target)[:40])
def test_l31_everything_else_is_refused(target: str) -> None:
    assert safe_next(target) is None


def test_no_target_is_no_target() -> None:
    assert safe_next(None) is None


def test_the_longest_address_that_is_kept_has_2000_characters() -> None:
    assert safe_next("/" + "a" * 1999) is not None
    assert safe_next("/" + "a" * 2000) is None


@pytest.mark.requirement("FLOW-7")
@settings(deadline=None, max_examples=1000)
@given(targets)
@example("/\t/evil.example")
@example("/%2f%2fevil.example")
def test_l31_whatever_is_kept_stays_on_this_site(target: str) -> None:
    kept = safe_next(target)
    if kept is None:
        return
    assert kept == target
    assert origin_in_a_browser(kept) == ORIGIN
    assert not re.search("[\x00-\x1f\x7f-\x9f\ud800-\udfff\\\\]", kept)
    # Nor does it leave after something on the way has decoded it, or dropped what it could drop.
    for read in (unquote(kept), kept.replace("/.", ""), kept.strip()):
        assert urlsplit(re.split("[?#]", read)[0]).netloc == ""
