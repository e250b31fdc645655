"""Where a sign-in may lead: only to a path on this site, as a browser reads it."""

import re
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.support.browser import chromium
from vestibule.signin.values import safe_next

PAGE = "https://site.example/x"
ORIGIN = "https://site.example"

INSIDE = [
    "/",
    "/dashboard",
    "/transfer?amount=5&to=anna%40example.org",
    "/search?q=%0A%5C%2F%2F&next=https://other.example//",
    "/wiki/M\u00fcller",
    "/wiki/\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
    "/a b",
    "/page#part",
    "/@someone",
    "/a:b",
    "/100%",
    "/100%25",
    "/%ff",
    "/../up",
]

OUTSIDE = [
    "",
    "dashboard",
    "?a=b",
    "#part",
    " /dashboard",
    "//evil.example",
    "///evil.example",
    "////evil.example/%2f..",
    "/\\evil.example",
    "\\/evil.example",
    "\\\\evil.example",
    "/\\/evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https://evil.example",
    "https:///evil.example",
    "HTTPS://evil.example",
    "http://site.example/dashboard",
    "https://site.example@evil.example",
    "https://site.example/dashboard",
    "javascript:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r\n/evil.example",
    "\t//evil.example",
    "\x00//evil.example",
    "/%09/evil.example",
    "/%0a/evil.example",
    "/%0d%0aSet-Cookie:a=b",
    "/%00",
    "/%2f/evil.example",
    "/%2fevil.example",
    "/%5cevil.example",
    "/%5c%5cevil.example",
    "/%255cevil.example",
    "/%252fevil.example",
    "/%25%35%63evil.example",
    "/.//evil.example",
    "/..//evil.example",
    "/a/..//evil.example",
    "/%2e%2e//evil.example",
    "/a//b",
    "/dashboard\r\nSet-Cookie: a=b",
    "/search?q=\\evil.example",
    "/search?q=\r\nSet-Cookie: a=b",
    "/page#\\evil.example",
    "/\x7f",
    "/\x85",
    "/\u2028",
    "/\ud800",
    "/%c2%85",
    "\u3000//evil.example",
    "\uff0f\uff0fevil.example",
    "/" + "a" * 2000,
]

PIECES = st.sampled_from(
    [
        *"/\\.@:?#;%a",
        *"\t\n\r\0\x1f \x7f\u2028\uff0f\u3002\ud800\u00a0",
        *("..", "%2f", "%5C", "%2e", "%09", "%00", "%25", "[::1]"),
        *("http:", "https:", "javascript:", "evil.example", "site.example", "dashboard"),
    ]
)
targets = st.lists(PIECES, max_size=8).map("".join) | st.text(max_size=12).map("/".__add__)


def origin_in_a_browser(target: str) -> str:
    """The origin to which a page of ours would lead, by the URL standard's own steps.

    After https the state machine takes any run of slashes and backslashes for the beginning of a
    host; a scheme alone leaves the site unless it is ours, and then only without slashes.
    """
    text = re.sub("[\t\n\r]", "", target.strip("".join(map(chr, range(0x21)))))
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]*):", text)
    if scheme:
        rest = text[scheme.end() :]
        if scheme[1].lower() != "https" or re.match(r"[/\\]{2}", rest):
            return f"{scheme[0]}{rest}"
        return ORIGIN
    return f"https:{text}" if re.match(r"[/\\]{2}", text) else ORIGIN


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


@pytest.mark.requirement("FLOW-7")
def test_l31_a_real_browser_stays_on_this_site_with_all_that_is_kept() -> None:
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
    with chromium() as browser:
        page = browser.new_page()
        assert set(page.evaluate(origins, [PAGE, kept])) == {ORIGIN}
        led_to = dict(zip(left_out, page.evaluate(origins, [PAGE, left_out]), strict=True))
    # The question is a real one: among what was left out, some do lead away.
    assert "https://evil.example" in led_to.values()
    # And the steps above, which the other tests rely on, never take a way out for a way in.
    stays = [one for one in left_out if origin_in_a_browser(one) == ORIGIN]
    assert {led_to[one] for one in stays} <= {ORIGIN, "unreadable"}
