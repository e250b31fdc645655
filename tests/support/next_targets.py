"""Addresses after ``next=``: those on this site, those that lead away, and any others."""

import re

from hypothesis import strategies as st

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
