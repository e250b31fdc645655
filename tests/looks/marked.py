"""What a page says that does not come from the catalogue."""

from __future__ import annotations

import re
from gettext import NullTranslations
from html.parser import HTMLParser

PLACE = re.compile(r"%\((\w+)\)s")

_TELLING = ("alt", "aria-label", "placeholder", "title")
_NO_WORDS = ("data-back", "data-local", "data-lang", "data-copy", "data-print")
_SILENT = ("style", "time", "code")


class Marked(NullTranslations):
    """Says each message in brackets. What is put into it stands outside of them."""

    def gettext(self, message: str) -> str:
        return f"⟦{PLACE.sub(lambda place: f'⟧{place[0]}⟦', message)}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


class Outside(HTMLParser):
    """What a page says outside of the brackets, times excepted."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.said: list[str] = []
        self._depth, self._silent = 0, 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in _SILENT
        for name, value in attrs:
            tells = name in _TELLING or (name.startswith("data-") and name not in _NO_WORDS)
            if tells and value:
                self.handle_data(value)

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in _SILENT

    def handle_data(self, data: str) -> None:
        left = ""
        for one in data:
            self._depth += one == "⟦"
            left += one if self._depth == 0 and not self._silent else " "
            self._depth -= one == "⟧"
        self.said += [word for word in left.split() if any(map(str.isalpha, word))]
