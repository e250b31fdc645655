"""Error pages: what happened and how to go on, in words, and nothing of how the site is made."""

from __future__ import annotations

import logging
import re

import pytest
from flask import Flask
from flask_login import LoginManager

from tests.support.host_app import Host
from tests.support.host_views import TRACE
from tests.support.seen import Seen
from tests.support.visitor import Visitor
from vestibule import Vestibule

BUILT_WITH = re.compile(r"traceback|werkzeug|flask|sqlalchemy|sqlite|python|\.py\b", re.I)


@pytest.mark.requirement("WEB-11")
def test_an_unexpected_error_shows_a_number_and_no_trace(
    ann: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    ann.signs_in()
    page = ann.opens("/breaks")
    assert (page.status, page.heading) == (500, "Something broke here")
    assert TRACE not in page.html
    assert not BUILT_WITH.search(page.html)
    number = re.search(r"give this number: ([0-9a-f]{32})", page.text)
    assert number
    assert f"unhandled error in request {number[1]}" in caplog.text
    assert TRACE in caplog.text
    assert ann.is_signed_in()


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 413, 414, 415, 418, 431, 501])
def test_every_error_is_a_page_with_a_way_on(host: Host, status: int) -> None:
    page = Visitor.new(host, "person").opens(f"/answers/{status}")
    assert page.status == status
    assert page.heading
    assert page.title == f"{page.heading} – Host"
    assert "/" in page.links
    assert not BUILT_WITH.search(page.html)
    for word in ("invalid", "please", "sorry", "forbidden", "oops"):
        assert word not in page.text.lower()


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "BREW"])
def test_an_unknown_method_is_told_which_there_are(host: Host, method: str) -> None:
    answer = host.app.test_client().open("/verify-2fa", method=method, buffered=True)
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}
    assert Seen(answer).heading == "That is not how this page works"


def test_an_address_of_nowhere_signed_in_still_offers_to_sign_out(ann: Visitor) -> None:
    ann.signs_in()
    page = ann.opens("/nowhere")
    assert page.status == 404
    assert ann.sends(page, page.form(action="/logout")).path == "/login"


def test_another_site_is_named_as_the_cause(ann: Visitor) -> None:
    ann.signs_in()
    fields = {"csrf_token": ann.token("/dashboard")}
    answer = ann.posts("/logout", fields, **{"Sec-Fetch-Site": "cross-site"})
    assert (answer.status_code, Seen(answer).heading) == (403, "This came from another site")
    assert ann.is_signed_in()
    page = Seen(ann.posts("/logout", {}))
    assert (page.status, page.heading) == (403, "This page was open for a long time")


@pytest.mark.requirement("CFG-1")
@pytest.mark.parametrize("headers", ["own", "all"])
def test_a_misconfigured_site_serves_nothing_and_says_everything_in_the_log(
    headers: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    app = Flask("misconfigured")
    app.config.update(SECRET_KEY="changeme", VESTIBULE_HEADERS=headers, VESTIBULE_TOTP_WINDOW=5)
    LoginManager(app)
    Vestibule(app)
    app.add_url_rule("/", "index", lambda: "open")
    for path in ("/", "/nowhere", "/two-factor/verify-2fa", "/vestibule/vestibule.css"):
        answer = app.test_client().get(path)
        assert answer.status_code in (404, 500)
        assert "open" not in answer.text
        assert "VESTIBULE" not in answer.text
    for name in ("SECRET_KEY", "VESTIBULE_KEYS", "VESTIBULE_TOTP_WINDOW"):
        assert f"{name}: " in caplog.text
