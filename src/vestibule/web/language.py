"""In which language a page speaks, and its words in it."""

from datetime import UTC, date, datetime
from functools import lru_cache
from gettext import NullTranslations
from importlib import import_module
from typing import TYPE_CHECKING, Any

from flask import current_app, g, has_app_context, has_request_context, request
from markupsafe import Markup

from vestibule.texts import LANGUAGES, SOURCE, Text, dates_of, translations
from vestibule.web.request_state import runtime, state

if TYPE_CHECKING:
    from babel import Locale


def say(message: str, **values: object) -> str:
    """A sentence in the language of this request. What is no :class:`Text` and not in the
    catalogue stays as it is."""
    if not isinstance(message, Text):
        message = Text(message, **values)
    return message.said_in(_words())


def language() -> str:
    """The language of this request: the host's Flask-Babel decides, else ``VESTIBULE_LANGUAGE``."""
    if not has_request_context():
        # Of the request that left this to be done later; a command speaks English.
        left: str = g.get("vestibule_language", SOURCE) if has_app_context() else SOURCE
        return left
    chosen: str | None = g.get("_vestibule_language")
    if chosen is None:
        chosen = g._vestibule_language = _chosen()
    return chosen


def _chosen() -> str:
    if "babel" not in current_app.extensions:
        wanted = runtime().services.settings.language
    elif state().asks_no_more:
        # The host may look the language up where the trouble is.
        wanted = "auto"
    else:
        locale: Locale | None = import_module("flask_babel").get_locale()
        wanted = locale.language if locale else SOURCE
    if wanted == "auto":
        wanted = request.accept_languages.best_match(LANGUAGES) or SOURCE
    return wanted if wanted in LANGUAGES else SOURCE


def _words() -> NullTranslations:
    # A page asks for it dozens of times.
    words: NullTranslations | None = g.get("_vestibule_words") if has_request_context() else None
    if words is None:
        words = translations(language())
        if has_request_context():
            g._vestibule_words = words
    return words


def day(at: datetime) -> str:
    """A date in words."""
    return _day_in(at.astimezone(UTC).date(), dates_of(language()))


@lru_cache(maxsize=1024)
def _day_in(day: date, locale: str) -> str:
    # Few pages have a date, and when it is imported Babel looks for the zone of the machine.
    from babel.dates import format_date

    return format_date(day, "long", locale)


def clock(at: datetime, *, seconds: bool = False) -> str:
    """A time of the day, the zone in the text."""
    # The languages that there are write the digits alike.
    return f"{at.astimezone(UTC):{'%H:%M:%S' if seconds else '%H:%M'}} UTC"


def moment(at: datetime) -> str:
    """A date and a time of the day, the zone in the text."""
    return f"{day(at)}, {clock(at)}"


def _text(message: str, **values: object) -> Markup:
    said = _marked_up(message, _words())
    return _filled(said, values) if values else said


@lru_cache(maxsize=4096)
def _marked_up(message: str, words: NullTranslations) -> Markup:
    # The catalogue is ours, and may hold markup; what is put into it is escaped.
    return Markup(words.gettext(message))  # noqa: S704 - see above


def text_in(chosen: str, message: str) -> Markup:
    """A text without values, in a language, as a template has it."""
    return _marked_up(message, translations(chosen))


def _texts(one: str, many: str, count: int, **values: object) -> Markup:
    said = Markup(_words().ngettext(one, many, count))  # noqa: S704 - as above
    return _filled(said, {**values, "count": count})


def _filled(said: Markup, values: dict[str, object]) -> Markup:
    return said % {
        name: say(value) if isinstance(value, Text) else value for name, value in values.items()
    }


def _said(message: str) -> str:
    """For what a view hands over: never markup."""
    return message.said_in(_words()) if isinstance(message, Text) else message


def template_globals() -> dict[str, Any]:
    """What our templates call; macros hear of nothing that is passed to a page."""
    return {
        "vestibule_text": _text,
        "vestibule_texts": _texts,
        "vestibule_said": _said,
        "vestibule_language": language,
        "vestibule_day": day,
        "vestibule_clock": clock,
        "vestibule_moment": moment,
    }
