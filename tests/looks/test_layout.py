"""Our pages inside the host's layout, and in its language."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask_babel import Babel
from jinja2 import ChoiceLoader, DictLoader

from tests.stories import HostMaker
from tests.support.host_app import Host
from tests.support.visitor import Visitor

LAYOUT = """<!doctype html><html lang="en"><title>{% block title %}Shop{% endblock %}</title>
{% block head %}<meta name="of-the-host">{% endblock %}<body><h1>The shop</h1>
{% block content %}{% endblock %}<footer>Made by hand</footer>"""
CSS = Path(__file__).parents[2] / "src/vestibule/web/static/vestibule.css"


def with_templates(host: Host, **templates: str) -> Host:
    own = DictLoader({name.replace("__", "/") + ".html": text for name, text in templates.items()})
    host.app.jinja_loader = ChoiceLoader([own, host.app.jinja_loader])
    return host


def test_pages_stand_inside_the_layout(make: HostMaker) -> None:
    host = with_templates(make(VESTIBULE_BASE_TEMPLATE="layout.html"), layout=LAYOUT)
    ann = Visitor.new(host, "ann")
    ann.enters_password()
    html = ann.opens("/setup-2fa").html
    assert "<title>Set up an authenticator – Host</title>" in html
    assert "The shop" in html
    assert "of-the-host" in html
    assert html.index('<div class="vestibule roomy"') < html.index("<footer>")
    wrong = ann.fills_in("/setup-2fa", totp_code="1")
    assert "<title>Error: Set up an authenticator – Host</title>" in wrong.html
    ann.sets_up()
    assert ann.is_signed_in


@pytest.mark.parametrize("name", ["setup", "base", "_times", "_forms", "error"])
def test_a_file_of_the_same_name_replaces_ours(make: HostMaker, name: str) -> None:
    source = (CSS.parents[1] / "templates" / "vestibule" / f"{name}.html").read_text()
    mine = {"base": "<p>mine</p>", "setup": "<p>mine</p>", "error": "<p>mine</p>"}.get(
        name, source.replace("<time ", "<time id=mine ").replace("<label ", "<label id=mine ")
    )
    host = with_templates(make(), **{f"vestibule__{name}": mine})
    ann = Visitor.new(host, "ann")
    ann.enters_password()
    page = ann.opens("/no-such-page" if name == "error" else "/setup-2fa")
    if name == "_times":
        ann.fills_in("/setup-2fa", totp_code="1")
        ann.sets_up()
        page = ann.opens("/backup-codes")
    assert "mine" in page.html


def test_the_style_sheet_touches_nothing_of_the_host() -> None:
    css = re.sub(r"/\*.*?\*/", "", CSS.read_text(), flags=re.S)
    for selectors in re.findall(r"([^{}]+)\{", css):
        if selectors.strip().startswith("@"):
            continue
        for one in re.split(r",\s*(?![^(]*\))", selectors):
            assert one.strip().startswith((".vestibule", ":where(:root)")), one


@pytest.mark.parametrize(
    ("asked", "spoken"), [("vi-VN,vi;q=0.9", "vi"), ("fr", "en"), ("en", "en"), ("", "en")]
)
def test_the_browser_may_choose_the_language(make: HostMaker, asked: str, spoken: str) -> None:
    ann = Visitor.new(make(VESTIBULE_LANGUAGE="auto"), "ann")
    html = ann.opens("/no-such-page", **{"Accept-Language": asked}).html
    assert f'<html lang="{spoken}">' in html
    assert ("Không có trang này" in html) == (spoken == "vi")


def test_without_the_setting_it_is_english_and_an_unknown_one_too(make: HostMaker) -> None:
    for config in ({}, {"VESTIBULE_LANGUAGE": "tlh"}):
        ann = Visitor.new(make(**config), "ann")
        assert '<html lang="en">' in ann.opens("/no", **{"Accept-Language": "vi"}).html


@pytest.mark.parametrize(("locale", "spoken"), [("vi", "vi"), ("de", "en")])
def test_the_hosts_flask_babel_decides(make: HostMaker, locale: str, spoken: str) -> None:
    host = make(VESTIBULE_LANGUAGE="auto")
    Babel(host.app, locale_selector=lambda: locale)
    ann = Visitor.new(host, "ann")
    html = ann.opens("/no", **{"Accept-Language": "en" if spoken == "vi" else "vi"}).html
    assert f'<html lang="{spoken}">' in html


def test_a_sign_in_in_vietnamese(make: HostMaker) -> None:
    ann = Visitor.new(make(VESTIBULE_LANGUAGE="vi"), "ann")
    ann.enters_password()
    assert "Thiết lập ứng dụng xác thực" in ann.opens("/setup-2fa").html
    ann.sets_up()
    page = ann.opens("/backup-codes")
    assert re.search(r"<time [^>]*>\d+ tháng \d+, \d{4}</time>", page.html)
