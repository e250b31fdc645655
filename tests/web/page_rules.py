"""What holds for every answer: its headers, and that its page keeps to them."""

from __future__ import annotations

from html.parser import HTMLParser

from werkzeug.test import TestResponse

EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


LINKS = (
    *("/setup-2fa/link", "/not-me/link", "/recover/link", "/recover/stop/link"),
    *("/reset-password", "/confirm-email", "/security/email/confirm"),
)


def check(answer: TestResponse) -> None:
    where = f"{answer.request.method} {answer.request.path} {answer.status_code}"
    expected = dict(EVERYWHERE)
    if answer.request.path.endswith(LINKS):
        expected["Referrer-Policy"] = "no-referrer"  # the address itself holds a token
    for name, value in expected.items():
        assert answer.headers.get(name) == value, where
    policy = dict(
        part.strip().split(" ", 1) for part in answer.headers["Content-Security-Policy"].split(";")
    )
    assert policy["default-src"] == policy["object-src"] == policy["base-uri"] == "'none'", where
    assert policy["frame-ancestors"] == "'none'", where
    assert policy["form-action"] == "'self'", where
    assert not any("unsafe" in value or "*" in value for value in policy.values()), where
    assert "Access-Control-Allow-Origin" not in answer.headers, where
    assert "Server" not in answer.headers, where
    if answer.status_code != 200 or "/vestibule/" not in answer.request.path:
        assert answer.headers["Cache-Control"] == "no-store", where
    Inline.of(answer)


class Inline(HTMLParser):
    """Fails where a page holds what the policy forbids, or asks another host for anything."""

    @classmethod
    def of(cls, answer: TestResponse) -> None:
        if answer.mimetype == "text/html":
            cls().feed(answer.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        assert tag not in ("style", "iframe", "object", "embed", "base")
        assert tag != "script" or given.get("src")
        self._is_script = tag == "script"
        for name, value in attrs:
            assert name != "style"
            assert not name.startswith("on")
            address = (value or "").strip().lower()
            assert not address.startswith(("javascript:", "data:", "http:", "https:", "//"))

    def handle_data(self, data: str) -> None:
        assert not (getattr(self, "_is_script", False) and data.strip())

    def handle_endtag(self, tag: str) -> None:
        self._is_script = False
