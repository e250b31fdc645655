"""Our pages inside the host's layout, and in its language."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from flask import render_template
from flask_babel import Babel
from flask_wtf import CSRFProtect

from tests.looks.layouts import LAYOUT, with_templates
from tests.stories import HostMaker, settled
from tests.support.visitor import Visitor
from vestibule.authenticators.models import Authenticator
from vestibule.testing import MovableClock
from vestibule.web.language import clock, day, moment

CART = """{% extends "vestibule/base.html" %}{% block vestibule_title %}Your cart{% endblock %}
{% block vestibule_content %}<form method="post" action="/buy">
<input type="hidden" name="csrf_token" value="{{ csrf_token() }}"><button>Buy</button></form>
{% endblock %}"""
OURS = Path(__file__).parents[2] / "src/vestibule"
SHEETS = sorted(OURS.glob("*/static/*.css"))


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
    assert ann.is_signed_in()


@pytest.mark.parametrize("name", ["setup", "base", "_times", "_forms", "error"])
def test_a_file_of_the_same_name_replaces_ours(make: HostMaker, name: str) -> None:
    source = (OURS / "web/templates/vestibule" / f"{name}.html").read_text()
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


def test_the_style_sheet_of_every_page_stays_small() -> None:
    assert (OURS / "web/static/vestibule.css").stat().st_size < 12_000


@pytest.mark.parametrize("sheet", SHEETS, ids=[sheet.stem for sheet in SHEETS])
def test_a_style_sheet_touches_nothing_of_the_host(sheet: Path) -> None:
    css = re.sub(r"/\*.*?\*/", "", sheet.read_text(), flags=re.S)
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


def test_an_empty_name_is_a_phone_in_the_language_of_the_page(make: HostMaker) -> None:
    ann = Visitor.new(make(VESTIBULE_LANGUAGE="vi"), "ann")
    ann.enters_password()
    ann.sets_up(name=" ")
    (row,) = ann.host.rows(Authenticator)
    assert row.name == "Điện thoại"


@pytest.mark.parametrize(("language", "said"), [("en", "31 December 2026"), ("vi", "31 tháng 12")])
def test_days_and_times_are_in_utc_whatever_zone_they_come_in(
    make: HostMaker, language: str, said: str
) -> None:
    at = datetime(2027, 1, 1, 5, 30, 15, tzinfo=timezone(timedelta(hours=7)))
    host = make(VESTIBULE_LANGUAGE=language)
    with host.app.test_request_context():
        assert day(at).startswith(said)
        assert (clock(at), clock(at, seconds=True)) == ("22:30 UTC", "22:30:15 UTC")
        assert moment(at) == f"{day(at)}, 22:30 UTC"


def test_the_day_on_the_sheet_is_the_day_in_utc(make: HostMaker) -> None:
    evening = MovableClock(datetime(2026, 12, 31, 23, 59, 10, tzinfo=UTC))
    host = make()
    host.gets(clock=evening)
    host.clock = evening
    ann = Visitor.new(host, "ann")
    page = ann.enters_password()
    page = ann.sends(page, page.form(with_field="totp_code"), totp_code=ann.fresh_code(page.secret))
    evening.moves(minutes=5)
    assert "made 31 December 2026" in page.text
    sheet = ann.sends(page, page.form(action="/download")).html
    assert "made 31 December 2026 (UTC)" in sheet


def test_the_logo_is_the_hosts_where_it_names_one(make: HostMaker) -> None:
    ours, own = Visitor.new(make(), "ann"), Visitor.new(make(VESTIBULE_LOGO="/logo.svg"), "ann")
    assert ours.opens("/no-such-page").html.count('"/vestibule/vestibule.svg"') == 2
    html = own.opens("/no-such-page").html
    assert '<img src="/logo.svg" alt=""' in html
    assert '<link rel="icon" type="image/svg+xml" href="/logo.svg">' in html


def test_a_page_of_the_hosts_in_our_frame_beside_csrf_protect(make: HostMaker) -> None:
    """Its forms carry Flask-WTF's token, ours our own, and the button in the bar the host's."""
    host = with_templates(make(), cart=CART)
    other = settled(host.restarted(), "ann")
    other.signs_in()
    ann = other.with_the_same_cookies(host)
    CSRFProtect(host.app)
    host.app.context_processor(host.vestibule.template_variables)
    host.app.add_url_rule("/cart", "cart", lambda: render_template("cart.html"))
    host.app.add_url_rule("/buy", "buy", lambda: "bought", methods=["POST"])
    host.app.view_functions["logout"] = lambda: "signed out"
    page = ann.opens("/cart")
    assert page.title == "Your cart – Host"
    assert ann.sends(page, page.form(action="/buy")).text == "bought"
    assert ann.sends(page, page.form(action="/logout")).text == "signed out"
    page = ann.opens("/backup-codes")
    assert ann.sends(page, page.form(action="/backup-codes/new")).backup_codes
    page = ann.opens("/setup-2fa")
    assert ann.sends(page, page.form(action="/logout")).text == "signed out"
    assert ann.posts("/buy", {}).status_code == 400
