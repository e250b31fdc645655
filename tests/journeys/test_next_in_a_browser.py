"""What a real browser makes of the addresses that a sign-in may lead to."""

import re

import pytest
from hypothesis import given, settings
from playwright.sync_api import Browser

from tests.support.next_targets import INSIDE, ORIGIN, OUTSIDE, PAGE, origin_in_a_browser, targets
from vestibule.signin.values import safe_next


@pytest.mark.requirement("FLOW-7")
def test_l31_a_real_browser_stays_on_this_site_with_all_that_is_kept(browser: Browser) -> None:
    drawn: set[str] = {one for one in INSIDE + OUTSIDE if "\ud800" not in one}

    @settings(deadline=None, max_examples=500, database=None)
    @given(targets.filter(lambda text: not re.search("[\ud800-\udfff]", text)))
    def draw(target: str) -> None:
        drawn.add(target)

    draw()
    kept = sorted(one for one in drawn if safe_next(one) is not None)
    left_out = sorted(drawn.difference(kept))
    origins = """([base, all]) => all.map(one => {
        try { return new URL(one, base).origin } catch { return "unreadable" }
    })"""
    page = browser.new_page()
    assert set(page.evaluate(origins, [PAGE, kept])) == {ORIGIN}
    led_to = dict(zip(left_out, page.evaluate(origins, [PAGE, left_out]), strict=True))
    page.close()
    # The question is a real one: among what was left out, some do lead away.
    assert "https://evil.example" in led_to.values()
    # And the steps above, which the other tests rely on, never take a way out for a way in.
    stays = [one for one in left_out if origin_in_a_browser(one) == ORIGIN]
    assert {led_to[one] for one in stays} <= {ORIGIN, "unreadable"}
