"""Every text for people is in one catalogue, and the translations are up to it."""

from __future__ import annotations

import re
from gettext import NullTranslations
from html.parser import HTMLParser

import pytest
from babel.messages.pofile import read_po

from scripts import texts
from tests.stories import HostMaker
from tests.support.visitor import Visitor
from vestibule.texts import Text
from vestibule.web import language
from vestibule.web.language import LANGUAGES

PLACE = re.compile(r"%\((\w+)\)s")
TAG = re.compile(r"<[^>]*>")


class Marked(NullTranslations):
    """Says each message in brackets."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"


class Outside(HTMLParser):
    """What a page says outside of the brackets, times excepted."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.said: list[str] = []
        self._depth, self._silent = 0, 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in ("style", "time")
        for name, value in attrs:
            if name in ("alt", "aria-label", "placeholder", "title") and value:
                self.handle_data(value)

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in ("style", "time")

    def handle_data(self, data: str) -> None:
        left = ""
        for one in data:
            self._depth += one == "⟦"
            left += one if self._depth == 0 and not self._silent else " "
            self._depth -= one == "⟧"
        self.said += left.split()


def test_the_template_of_the_catalogue_is_what_the_source_says() -> None:
    assert texts.POT.read_text(encoding="utf-8") == texts.as_pot(texts.extracted())


@pytest.mark.parametrize("po", texts.translated(), ids=lambda po: po.parent.parent.name)
def test_a_translation_is_complete_and_compiled(po: object) -> None:
    assert isinstance(po, type(texts.POT))
    assert po.parent.parent.name in LANGUAGES
    assert texts.untranslated(po) == []
    assert po.with_suffix(".mo").read_bytes() == texts.compiled(po)
    with po.open("rb") as file:
        catalog = read_po(file, locale=po.parent.parent.name)
    assert {one.id for one in catalog if one.id} == {one.id for one in texts.extracted() if one.id}
    for one in catalog:
        if not one.id:
            continue
        source = one.id if isinstance(one.id, str) else one.id[1]
        for said in [one.string] if isinstance(one.string, str) else one.string:
            assert set(PLACE.findall(said)) == set(PLACE.findall(source)), source
            assert sorted(TAG.findall(said)) == sorted(TAG.findall(source)), source
            assert "%" not in PLACE.sub("", said)


def test_no_page_says_a_word_outside_the_catalogue(
    make: HostMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = make()
    ann = Visitor.new(host, "ann")
    monkeypatch.setattr(language, "translations", lambda _: Marked())
    ann.enters_password()
    pages = [ann.opens("/setup-2fa")]
    pages.append(ann.fills_in("/setup-2fa", totp_code="1"))
    pages.append(ann.fills_in("/setup-2fa", totp_code=ann.wrong_code()))
    names = {"Host", "ann", "Phone", "–", "·", "(ann)", "1", "6"}
    for page in pages:
        key = set(re.search(r'id="key">([^<]*)<', page.html)[1].split())  # type: ignore[index]
        assert set(Outside(page.html).said) <= names | key
    ann.sets_up()
    pages = [ann.opens("/backup-codes"), ann.opens("/confirm"), ann.opens("/no-such-page")]
    other = ann.in_another_browser()
    other.enters_password()
    pages += [other.opens("/verify-2fa"), other.enters_code("1"), other.enters_code("000000")]
    pages += [other.opens("/verify-2fa/backup-code"), other.enters_backup_code("1")]
    other.enters_backup_code()
    pages.append(other.opens("/backup-codes?used=1"))
    allowed = re.compile(r"[0-9A-Z]{4}(-[0-9A-Z]{4}){3}|[0-9A-Za-z_-]{16,}")
    for page in pages:
        said = {one for one in Outside(page.html).said if not allowed.fullmatch(one)}
        assert said <= names


def test_a_text_is_english_and_can_be_said_otherwise() -> None:
    text = Text("It lasts %(time)s.", time=Text.counted("%(count)s day", "%(count)s days", 2))
    assert text == "It lasts 2 days."
    assert text.said_in(Marked()) == "⟦It lasts ⟦2 days⟧.⟧"
