"""Every text for people is in one catalogue, and the translations are up to it."""

from __future__ import annotations

import re

import pytest
from babel.messages.pofile import read_po

from scripts import texts
from tests.looks.marked import PLACE, Marked
from vestibule.texts import Text
from vestibule.web.language import LANGUAGES

TAG = re.compile(r"<[^>]*>")


AGAIN = "run `make texts`, and commit what it writes"


def test_the_template_of_the_catalogue_is_what_the_source_says() -> None:
    kept, now = texts.POT.read_text(encoding="utf-8"), texts.as_pot(texts.extracted())
    assert kept == now, f"messages.pot is stale: {AGAIN}"


@pytest.mark.parametrize("po", texts.translated(), ids=lambda po: po.parent.parent.name)
def test_a_translation_is_complete_and_compiled(po: object) -> None:
    assert isinstance(po, type(texts.POT))
    assert po.parent.parent.name in LANGUAGES
    lacking = texts.untranslated(po)
    assert not lacking, f"translate these in {po.relative_to(texts.ROOT)}, then {AGAIN}: {lacking}"
    assert po.with_suffix(".mo").read_bytes() == texts.compiled(po), f"stale: {AGAIN}"
    with po.open("rb") as file:
        catalog = read_po(file, locale=po.parent.parent.name)
    there, needed = ({one.id for one in of if one.id} for of in (catalog, texts.extracted()))
    assert there == needed, f"{po.relative_to(texts.ROOT)} is stale: {AGAIN}"
    for one in catalog:
        if not one.id:
            continue
        source = one.id if isinstance(one.id, str) else one.id[1]
        for said in [one.string] if isinstance(one.string, str) else one.string:
            assert set(PLACE.findall(said)) == set(PLACE.findall(source)), source
            assert sorted(TAG.findall(said)) == sorted(TAG.findall(source)), source
            assert "%" not in PLACE.sub("", said)


def test_a_text_is_english_and_can_be_said_otherwise() -> None:
    text = Text("It lasts %(time)s.", time=Text.counted("%(count)s day", "%(count)s days", 2))
    assert text == "It lasts 2 days."
    assert text.said_in(Marked()) == "⟦It lasts ⟧⟦⟧2⟦ days⟧⟦.⟧"
