"""Security headers on every answer, and pages that keep to them."""

from __future__ import annotations

import pytest

from tests.stories import HostMaker
from tests.support.guessing import guesses
from tests.support.host_app import Host
from tests.support.routes import STATES, paths, somebody
from tests.support.visitor import Visitor
from tests.web.page_rules import check


@pytest.mark.requirement("WEB-6")
@pytest.mark.requirement("WEB-7")
@pytest.mark.requirement("WEB-9")
@pytest.mark.requirement("WEB-10")
@pytest.mark.parametrize("state", STATES)
def test_every_page_in_every_state(host: Host, state: str) -> None:
    person = somebody(host, state)
    tokens = {name: person.cookie(name) for name in ("vestibule", "vestibule-pending")}
    for path in paths(host.app, "GET"):
        check(person.asks(path, Origin="https://evil.example"))
        for name, token in tokens.items():
            if token:
                person.client.set_cookie(name, token)
    for path in paths(host.app, "POST"):
        if path != "/login-with-link":
            check(person.posts(path, {}))


@pytest.mark.requirement("WEB-7")
@pytest.mark.parametrize(
    ("status", "method", "path"),
    [
        (400, "GET", "/answers/400"),
        (401, "GET", "/answers/401"),
        (403, "GET", "/answers/403"),
        (404, "GET", "/nowhere"),
        (404, "GET", "/vestibule/nothing.css"),
        (405, "PUT", "/login"),
        (405, "BREW", "/verify-2fa"),
        (409, "GET", "/answers/409"),
        (413, "GET", "/answers/413"),
        (415, "GET", "/answers/415"),
        (500, "GET", "/breaks"),
        (503, "GET", "/answers/503"),
    ],
)
def test_errors_have_them_too(host: Host, status: int, method: str, path: str) -> None:
    person = Visitor.new(host, "person")
    answer = person.client.open(path, method=method, buffered=True)
    assert answer.status_code == status
    check(answer)


def test_refusals_have_them_too(ann: Visitor) -> None:
    ann.enters_password()
    page = guesses(ann, 6)
    assert page.status == 429
    check(page.answer)
    check(ann.posts("/backup-codes/new", {}))


def test_the_files_may_be_kept_by_a_cache(host: Host) -> None:
    for name in ("vestibule.css", "vestibule.js", "vestibule.svg"):
        answer = host.app.test_client().get(f"/vestibule/{name}", buffered=True)
        assert answer.status_code == 200
        assert "no-store" not in answer.headers.get("Cache-Control", "")
        check(answer)


@pytest.mark.requirement("WEB-8")
def test_over_https_the_browser_is_told_to_stay_there(make: HostMaker, host: Host) -> None:
    https = make(VESTIBULE_BASE_URL="https://acme.example", SESSION_COOKIE_SECURE=True)
    answer = https.app.test_client().get("/login", base_url="https://acme.example")
    name, value = "Strict-Transport-Security", "max-age=63072000; includeSubDomains"
    assert answer.headers[name] == value
    assert name not in host.app.test_client().get("/login").headers


def test_by_default_the_hosts_own_pages_keep_their_headers(make: HostMaker) -> None:
    host = make(VESTIBULE_HEADERS="own", VESTIBULE_URL_PREFIX="/two-factor")
    person = Visitor.new(host, "person")
    assert "Content-Security-Policy" not in person.asks("/login").headers
    assert "Content-Security-Policy" not in person.asks("/answers/404").headers
    person.enters_password()
    for path in ("/two-factor/setup-2fa", "/two-factor/verify-2fa"):
        check(person.asks(path))


def test_the_pages_of_ours_answer_under_the_prefix(make: HostMaker) -> None:
    host = make(VESTIBULE_HEADERS="own", VESTIBULE_URL_PREFIX="/two-factor")
    person = Visitor.new(host, "person")
    page = person.enters_password()
    assert page.path == "/two-factor/setup-2fa"
    assert person.asks("/setup-2fa").status_code == 404
    code = person.fresh_code(page.secret)
    page = person.sends(page, page.form(with_field="totp_code"), totp_code=code)
    assert page.path == "/two-factor/backup-codes"
    check(page.answer)
