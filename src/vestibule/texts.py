"""Sentences for people: English in the source, in their language when a page is made."""

from __future__ import annotations

import gettext
from collections.abc import Mapping
from functools import cache
from gettext import NullTranslations
from pathlib import Path

ENGLISH = NullTranslations()
LOCALES = Path(__file__).parent / "locales"
SOURCE = "en"
LANGUAGES = (SOURCE, "vi")
_DATES_OF = {SOURCE: "en_GB"}
"""Whose way of writing dates a language takes, where the language alone does not tell."""


@cache
def translations(language: str) -> NullTranslations:
    """The catalogue of a language; the source needs none, and of others there is none."""
    if language == SOURCE or language not in LANGUAGES:
        return ENGLISH
    return gettext.translation("messages", LOCALES, [language])


def dates_of(language: str) -> str:
    """The locale in which dates of a language are written."""
    return _DATES_OF.get(language, language) if language in LANGUAGES else _DATES_OF[SOURCE]


class Text(str):
    """An English sentence that can still be said in another language.

    ``Text("The code has %(count)s digits.", count=6)`` is that sentence as a string; a value may
    be a ``Text`` too. ``Vestibule.say`` says it in the language of the request where our catalogue
    has it, which knows the ready site's sentences and the extension's.
    """

    __slots__ = ("_forms", "_values")
    _forms: tuple[str, ...]
    _values: Mapping[str, object]

    def __new__(cls, message: str, **values: object) -> Text:
        return cls._made((message,), values)

    @classmethod
    def counted(cls, one: str, many: str, count: int, **values: object) -> Text:
        """The sentence for a number of things: ``one`` or ``many``, as the language has it.
        ``%(count)s`` is the number."""
        return cls._made((one, many), {**values, "count": count})

    @classmethod
    def _made(cls, forms: tuple[str, ...], values: Mapping[str, object]) -> Text:
        text = super().__new__(cls, _say(forms, values, ENGLISH))
        text._forms, text._values = forms, values
        return text

    def said_in(self, translations: NullTranslations) -> str:
        """The sentence in the language of these translations; English where they lack it."""
        values = {
            name: value.said_in(translations) if isinstance(value, Text) else value
            for name, value in self._values.items()
        }
        return _say(self._forms, values, translations)


def _say(
    forms: tuple[str, ...], values: Mapping[str, object], translations: NullTranslations
) -> str:
    if len(forms) == 1:
        # A catalogue keeps its own head under the empty text.
        said = forms[0] and translations.gettext(forms[0])
    else:
        one, many = forms
        said = translations.ngettext(one, many, values["count"])  # type: ignore[arg-type]
    return said % values if values else said
