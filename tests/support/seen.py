"""A page as somebody sees it: where it is, its heading, its complaints, its forms."""

from __future__ import annotations

import pyotp
from werkzeug.test import TestResponse

from tests.support.pages import Page
from tests.support.person import BACKUP_CODE


class Seen(Page):
    """The answer that a visitor ended at."""

    def __init__(self, answer: TestResponse) -> None:
        self.answer = answer
        self.status = answer.status_code
        self.path = answer.request.path
        self.html = answer.text
        self.title = ""
        self.heading = ""
        self.errors: list[str] = []
        self._marked: str | None = None
        super().__init__(self.html)

    @property
    def secret(self) -> str:
        """The secret in the ``otpauth:`` link of the set-up page."""
        return pyotp.parse_uri(self.otpauth).secret

    @property
    def otpauth(self) -> str:
        return next(link for link in self.links if link.startswith("otpauth:"))

    @property
    def shows_a_secret(self) -> bool:
        return "otpauth:" in self.html

    @property
    def backup_codes(self) -> list[str]:
        return [part for part in self.texts if BACKUP_CODE.fullmatch(part)]

    @property
    def retry_after(self) -> int | None:
        told = self.answer.headers.get("Retry-After")
        return int(told) if told else None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        super().handle_starttag(tag, attrs)
        if tag in ("title", "h1"):
            self._marked = tag
        elif tag == "p" and ("class", "error") in attrs:
            self._marked = tag
            self.errors.append("")

    def handle_endtag(self, tag: str) -> None:
        super().handle_endtag(tag)
        if tag == self._marked:
            self._marked = None

    def handle_data(self, data: str) -> None:
        super().handle_data(data)
        if self._marked == "title":
            self.title += data
        elif self._marked == "h1":
            self.heading += data
        elif self._marked == "p":
            self.errors[-1] += data
