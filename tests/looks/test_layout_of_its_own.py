"""A host's layout asks for things of its own; our pages inside it, and those that tell of trouble,
must not suffer from that.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask_babel import Babel
from flask_wtf import CSRFProtect
from jinja2 import ChoiceLoader, DictLoader
from sqlalchemy import text

from tests.stories import HostMaker, settled
from tests.support.host_app import Host
from tests.support.seen import Seen
from vestibule import Text
from vestibule.web.language import LANGUAGES, translations

LAYOUT = """<!doctype html><html lang="de"><title>{% block title %}{% endblock %}</title>
<header>Acme: {{ basket() }} in the basket</header>
{% block content %}{% endblock %}</html>"""


def with_layout(host: Host, layout: str = LAYOUT, **variables: Any) -> Host:
    app = host.app
    app.jinja_loader = ChoiceLoader([DictLoader({"layout.html": layout}), app.jinja_loader])
    app.jinja_env.globals.update(variables)
    return host


@contextmanager
def without_sessions(host: Host) -> Iterator[None]:
    """The table is away, as in the middle of an operator's mistake."""
    with host.engine.begin() as connection:
        connection.execute(text("ALTER TABLE vestibule_session RENAME TO taken_away"))
    yield
    with host.engine.begin() as connection:
        connection.execute(text("ALTER TABLE taken_away RENAME TO vestibule_session"))


def tells_of_trouble(page: Seen) -> None:
    assert (page.status, page.heading) == (500, "Something broke here")
    assert "Acme" not in page.text


def test_pages_stand_in_the_layout(make: HostMaker) -> None:
    host = with_layout(make(VESTIBULE_BASE_TEMPLATE="layout.html"), basket=lambda: 3)
    page = settled(host, "ann").enters_password()
    assert "Acme: 3 in the basket" in page.text
    assert page.heading == "Enter your code"


@pytest.mark.requirement("P9")
def test_what_tells_of_trouble_does_not_need_what_is_in_trouble(make: HostMaker) -> None:
    host = make(VESTIBULE_BASE_TEMPLATE="layout.html")

    def basket() -> int:
        with host.engine.connect() as connection:
            return int(connection.execute(text("SELECT count(*) FROM vestibule_session")).scalar())

    ann = settled(with_layout(host, basket=basket), "ann")
    ann.signs_in()
    with without_sessions(host):
        tells_of_trouble(ann.opens("/setup-2fa"))
    assert ann.is_signed_in()


@pytest.mark.requirement("P9")
def test_nor_who_would_tell_the_language(make: HostMaker) -> None:
    host = make()

    def from_the_profile() -> str:
        with host.engine.connect() as connection:
            connection.execute(text("SELECT count(*) FROM vestibule_session"))
        return "vi"

    Babel(host.app, locale_selector=from_the_profile)
    ann = settled(host, "ann")
    ann.signs_in()
    with without_sessions(host):
        tells_of_trouble(ann.opens("/setup-2fa"))
        page = ann.opens("/setup-2fa", **{"Accept-Language": "vi"})
        assert (page.status, page.heading) == (500, "Đã xảy ra sự cố")


def test_the_words_and_the_csrf_token_of_the_layout_stay_the_hosts(make: HostMaker) -> None:
    layout = LAYOUT.replace("{{ basket() }}", '{{ _("Sign in") }} {{ csrf_token() }}')
    host = with_layout(
        make(VESTIBULE_BASE_TEMPLATE="layout.html", WTF_CSRF_CHECK_DEFAULT=False), layout
    )
    CSRFProtect(host.app)
    Babel(host.app, locale_selector=lambda: "vi")
    host.app.context_processor(host.vestibule.template_variables)
    page = settled(host, "ann").enters_password()
    # Our catalogue would have said it in Vietnamese; the host has none.
    words, token = page.text.split("Acme: ")[1].split(" in the basket")[0].rsplit(" ", 1)
    assert words == "Sign in"
    assert token != page.form(with_field="totp_code").fields["csrf_token"]


def test_what_people_typed_is_never_markup_nor_a_format(make: HostMaker) -> None:
    name = "<b>%(issuer)s 100% {{ 7 * 7 }}</b>"
    host = make(VESTIBULE_ISSUER="A%sB <i>%(x)s")
    ann = settled(host, name)
    html = ann.enters_password().html
    assert "&lt;b&gt;%(issuer)s 100% {{ 7 * 7 }}&lt;/b&gt;" in html
    assert "A%sB &lt;i&gt;%(x)s" in html
    assert name not in html


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("vi-VN,vi;q=0.9", "vi"),
        ("en-US,en;q=0.5", "en"),
        ("de,vi;q=0.3", "vi"),
        ("tlh", "en"),
        ("*", "en"),
        ("", "en"),
        ("vi;q=0", "en"),
        ("\x00;;;q=x,,", "en"),
    ],
)
def test_the_browser_says_its_language(make: HostMaker, accepted: str, language: str) -> None:
    host = make(VESTIBULE_LANGUAGE="auto")
    ann = settled(host, "ann")
    ann.enters_password()
    page = ann.opens("/verify-2fa", **{"Accept-Language": accepted})
    assert f'<html lang="{language}"' in page.html
    # The next request may speak another one.
    assert '<html lang="vi"' in ann.opens("/verify-2fa", **{"Accept-Language": "vi"}).html


@pytest.mark.parametrize(
    ("said", "language"),
    [("vi_VN", "vi"), ("vi", "vi"), ("fr", "en"), ("zh_Hant_TW", "en"), (None, "en")],
)
def test_flask_babel_decides_where_it_is(make: HostMaker, said: str | None, language: str) -> None:
    host = make(VESTIBULE_LANGUAGE="vi" if language == "en" else "en")
    Babel(host.app, locale_selector=lambda: said)
    ann = settled(host, "ann")
    ann.enters_password()
    assert f'<html lang="{language}"' in ann.opens("/verify-2fa").html


@pytest.mark.parametrize("spoken", LANGUAGES)
def test_no_text_is_nothing_in_every_language(spoken: str) -> None:
    assert Text("").said_in(translations(spoken)) == ""
