"""A POST that waits for "confirm it's you", and goes on with nothing lost."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask import request
from flask_wtf.csrf import CSRFProtect, generate_csrf

from tests.stories import HostMaker, settled
from tests.support.host_app import Host
from tests.support.seen import Seen
from tests.support.visitor import Visitor
from vestibule import check_csrf, csrf_token, fresh_required
from vestibule.confirm.keeping import kept_in
from vestibule.confirm.values import LONGEST_KEPT, is_secret, label

HERE = {"Sec-Fetch-Site": "same-origin", "Referer": "http://localhost/dashboard"}
MONEY = {"to": "ben", "amount": "12,50 € <b>"}


@pytest.fixture
def sent() -> list[Any]:
    """What the host's view was given."""
    return []


@pytest.fixture
def host(make: HostMaker, sent: list[Any]) -> Host:
    host = make()

    @fresh_required(minutes=5, reason="You are about to transfer money.")
    def transfer() -> str:
        sent.append((request.query_string, request.form.to_dict(flat=False)))
        return "transferred"

    @fresh_required(asks_again=["iban"])
    def chosen() -> str:
        check_csrf(request.form.get("csrf_token"))
        sent.append(request.form.to_dict())
        return csrf_token()

    host.app.add_url_rule("/transfer", "transfer", transfer, methods=["GET", "POST"])
    host.app.add_url_rule("/chosen", "chosen", chosen, methods=["POST"])
    return host


@pytest.fixture
def ann(host: Host) -> Visitor:
    """Signed in eleven minutes ago."""
    ann = settled(host, "ann")
    ann.signs_in()
    host.clock.moves(minutes=11)
    return ann


def confirms(ann: Visitor, page: Seen, code: str | None = None) -> Seen:
    form = page.form(with_field="totp_code")
    return ann.sends(page, form, totp_code=code or ann.fresh_code())


@pytest.mark.requirement("SES-13")
def test_it_goes_on_with_everything_that_was_typed(ann: Visitor, sent: list[Any]) -> None:
    page = Seen(ann.posts("/transfer?for=rent%26more", MONEY, **HERE))
    assert (page.status, page.heading) == (403, "Confirm it’s you")
    assert "You are about to transfer money." in page.text
    assert "/dashboard" in page.links  # Cancel goes back
    assert "12,50" not in page.html
    page = confirms(ann, page, ann.wrong_code())
    assert (page.status, page.path) == (422, "/confirm")
    page = confirms(ann, page)
    assert sent == []
    form = page.form(action="/transfer")
    assert form.fields == MONEY
    assert ann.sends(page, form).answer.text == "transferred"
    assert sent == [(b"for=rent%26more", {name: [value] for name, value in MONEY.items()})]


def test_a_list_of_values_stays_a_list(ann: Visitor, sent: list[Any]) -> None:
    answer = ann._request("POST", "/transfer", data={"to": ["ben", "eve"]}, headers=HERE)
    page = confirms(ann, Seen(answer))
    assert page.html.count('name="to"') == 2
    assert sent == []


@pytest.mark.requirement("SES-3")
def test_passwords_are_never_kept_and_typed_once_more(ann: Visitor, sent: list[Any]) -> None:
    secret = "my old password"
    fields = MONEY | {"current_password": secret, "sms-code": "123456"}
    page = Seen(ann.posts("/transfer", fields, **HERE))
    sealed = page.form(with_field="kept").fields["kept"]
    with ann.host.app.test_request_context():
        kept = kept_in(sealed, ann.subject_id)
    assert kept is not None
    assert kept.fields == tuple(MONEY.items())
    assert kept.asked_again == ("current_password", "sms-code")
    assert secret not in str(ann.host.snapshot())
    page = confirms(ann, page)
    assert "Current password" in page.text
    assert secret not in page.html
    form = page.form(action="/transfer")
    ann.sends(page, form, current_password="typed again")
    assert sent[0][1]["current_password"] == ["typed again"]


def test_a_host_names_its_secrets_itself_and_our_token_is_made_anew(
    ann: Visitor, sent: list[Any]
) -> None:
    token = ann.token("/backup-codes")
    fields = {"csrf_token": token, "iban": "secret", "pin_code": "not so here"}
    page = confirms(ann, Seen(ann.posts("/chosen", fields)))
    form = page.form(action="/chosen")
    assert form.fields == form.fields | {"iban": "", "pin_code": "not so here"}
    assert form.fields["csrf_token"] != token
    assert ann.sends(page, form, iban="typed again").status == 200
    assert sent[0]["iban"] == "typed again"


@pytest.mark.requirement("WEB-1", "WEB-3")
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://localhost"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
def test_what_did_not_come_from_our_pages_never_comes_from_them_later(
    ann: Visitor, headers: dict[str, str]
) -> None:
    """Else confirming would launder a forged form: same origin, fresh session."""
    answer = ann.posts("/transfer", MONEY, **headers)
    assert answer.status_code == 303
    assert answer.location.startswith("/confirm")
    assert "ben" not in answer.location


@pytest.mark.requirement("WEB-1")
def test_a_token_that_was_not_good_is_not_made_good(ann: Visitor, sent: list[Any]) -> None:
    page = confirms(ann, Seen(ann.posts("/chosen", {"csrf_token": "forged"}, **HERE)))
    form = page.form(action="/chosen")
    assert form.fields["csrf_token"] == "forged"
    assert ann.sends(page, form).status == 403
    assert sent == []


@pytest.mark.requirement("SES-13")
def test_another_account_cannot_use_what_was_kept(ann: Visitor) -> None:
    page = Seen(ann.posts("/transfer", MONEY, **HERE))
    kept = page.form(with_field="kept").fields["kept"]
    ben = settled(ann.host, "ben")
    ben.signs_in()
    page = ben.opens("/confirm")
    page = ben.sends(page, page.form(with_field="totp_code"), kept=kept, totp_code=ben.fresh_code())
    assert page.path == "/dashboard"


def test_after_ten_minutes_nothing_is_kept(ann: Visitor) -> None:
    page = Seen(ann.posts("/transfer", MONEY, **HERE))
    ann.host.clock.moves(minutes=10)
    assert confirms(ann, page).path == "/dashboard"


@pytest.mark.parametrize("kept", ["nonsense", "é", "00000000.AAAA"])
def test_what_we_did_not_seal_is_nothing(ann: Visitor, kept: str) -> None:
    page = ann.opens("/confirm")
    form = page.form(with_field="totp_code")
    assert ann.sends(page, form, kept=kept, totp_code=ann.fresh_code()).path == "/dashboard"


def test_confirmed_in_another_tab_the_page_still_has_it(ann: Visitor, sent: list[Any]) -> None:
    page = Seen(ann.posts("/transfer", MONEY, **HERE))
    ann.fills_in("/confirm", totp_code=ann.fresh_code())
    page = confirms(ann, page)
    assert page.status == 422
    assert "This page was open for a long time." in page.text
    page = confirms(ann, page)
    assert page.form(action="/transfer").fields == MONEY


def test_files_are_refused_in_words(ann: Visitor, sent: list[Any]) -> None:
    data = MONEY | {"file": (io.BytesIO(b"x"), "bill.pdf")}
    answer = ann._request("POST", "/transfer", data=data, headers=HERE, follow_redirects=True)
    page = Seen(answer)
    assert page.path == "/confirm"
    assert "Files cannot be kept while you confirm" in page.text
    assert confirms(ann, page).path == "/dashboard"
    assert sent == []


def test_what_is_no_form_is_not_taken_for_an_empty_one(ann: Visitor) -> None:
    headers = {**HERE, "Content-Type": "text/plain"}
    answer = ann._request("POST", "/transfer", data=b"words", headers=headers)
    assert answer.location.startswith("/confirm")


def test_what_is_too_long_is_refused_in_words(ann: Visitor) -> None:
    fields = {"text": "é" * (LONGEST_KEPT // 2)}
    page = Seen(ann._request("POST", "/transfer", data=fields, headers=HERE, follow_redirects=True))
    assert "What you typed is too long to be kept" in page.text


def test_a_script_is_led_as_before(ann: Visitor) -> None:
    answer = ann.posts("/transfer", MONEY, Accept="application/json", **HERE)
    assert answer.location.startswith("/confirm")


def test_the_page_at_the_hosts_address_has_our_headers(make: HostMaker) -> None:
    host = make(VESTIBULE_HEADERS="own")
    host.app.add_url_rule("/move", "move", fresh_required()(lambda: "moved"), methods=["POST"])
    ann = settled(host, "ann")
    ann.signs_in()
    host.clock.moves(minutes=11)
    answer = ann.posts("/move", MONEY, **HERE)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "form-action 'self'" in answer.headers["Content-Security-Policy"]


def test_a_hosts_own_csrf_protection_judges_what_comes_again(make: HostMaker) -> None:
    host = make()
    CSRFProtect(host.app).exempt(host.app.view_functions["login"])
    host.app.add_url_rule("/form", "form", generate_csrf)
    host.app.add_url_rule("/move", "move", fresh_required()(lambda: "moved"), methods=["POST"])
    ann = settled(host.restarted(), "ann").with_the_same_cookies(host)
    ann.signs_in()
    host.clock.moves(minutes=11)
    fields = MONEY | {"csrf_token": ann.opens("/form").answer.text}
    assert ann.posts("/move", MONEY, **HERE).status_code == 400
    page = confirms(ann, Seen(ann.posts("/move", fields, **HERE)))
    form = page.form(action="/move")
    assert form.fields == fields
    assert ann.sends(page, form).answer.text == "moved"


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        *((n, True) for n in ("password", "newPassword", "passwd", "client_secret", "sms-code")),
        *((n, True) for n in ("pin", "card_cvc", "totp_code", "Passphrase", "pwd")),
        *((n, False) for n in ("postcode", "opinion", "to", "csrf_token", "encoded", "spin")),
    ],
)
def test_a_name_says_whether_a_field_is_secret(name: str, is_one: bool) -> None:
    assert is_secret(name) is is_one
    assert not is_secret(name, [])
    assert is_secret(name, [name])
    assert label("new_password") == "New password"
