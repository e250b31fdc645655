"""Lessons from other products: guesses that were not counted, or counted for the wrong one."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from tests.stories import settled
from tests.support.guessing import guesses, spent
from tests.support.host_app import Host
from tests.support.host_views import NOT_RIGHT
from tests.support.visitor import Visitor
from vestibule.authenticators.values import match
from vestibule.configuration import read_settings
from vestibule.foundation.database import Base
from vestibule.signin.schedule import CODE_ACCOUNT, PASSWORD_ADDRESS

SPOOFED = ("X-Forwarded-For", "X-Real-IP", "X-Client-IP", "CF-Connecting-IP", "True-Client-IP")


def spoofed(address: str) -> dict[str, str]:
    return dict.fromkeys(SPOOFED, address) | {"Forwarded": f"for={address}"}


def wrong_passwords(person: Visitor, name: str, times: int, **headers: str) -> list[int]:
    form = person.opens("/login").form(with_field="password")
    fields = form.fields | {"username": name, "password": "a guess"}
    return [person.posts("/login", fields, **headers).status_code for _ in range(times)]


def test_l10_guessing_is_stopped_though_the_application_did_nothing(optional_host: Host) -> None:
    ann = settled(optional_host, "ann")
    for _ in range(3):
        # A first step that knows nothing of password_try.
        ann.posts("/login-with-link", {"username": "ann"})
        page = guesses(ann, 6)
        assert page.status == 429
        assert ann.enters_code(ann.code(1)).status == 429
    assert spent(ann, CODE_ACCOUNT) == 5


def test_l11_every_page_that_takes_a_code_takes_the_try_from_one_budget(ann: Visitor) -> None:
    ann.signs_in()
    for _ in range(3):
        assert ann.fills_in("/confirm", totp_code=ann.wrong_code()).status == 422
    between = ann.with_the_same_cookies()
    between.client.delete_cookie(ann.host.services.settings.session_cookie)
    between.enters_password()
    assert guesses(between, 2).status == 422
    # The fifth was the last for a while, wherever it is tried.
    assert between.enters_code(ann.code(1)).status == 429
    assert ann.fills_in("/confirm", totp_code=ann.code(1)).status == 429
    assert spent(ann, CODE_ACCOUNT) == 5


def test_l12_a_request_that_breaks_afterwards_does_not_take_the_count_back(ann: Visitor) -> None:
    def breaks(response):  # a hook of the host: its transaction is rolled back
        if response.status_code == 422:
            raise RuntimeError("after the wrong code")
        return response

    host = ann.host.restarted()
    host.app.after_request(breaks)
    ann = ann.with_the_same_cookies(host)
    ann.enters_password()
    page = ann.opens("/verify-2fa")
    form = page.form(with_field="totp_code")
    answers = [ann.sends(page, form, totp_code=ann.wrong_code()).status for _ in range(6)]
    assert answers == [500] * 5 + [429]
    assert spent(ann, CODE_ACCOUNT) == 5


@pytest.mark.requirement("RL-8")
def test_l15_a_new_sign_in_gives_no_fresh_tries(ann: Visitor) -> None:
    statuses = []
    for number in range(7):
        thief = ann.in_another_browser(f"203.0.113.{number}")
        thief.enters_password()
        statuses.append(guesses(thief, 1).status)
    assert statuses == [422] * 5 + [429] * 2
    assert spent(ann, CODE_ACCOUNT) == 5


def test_l25_all_names_of_one_account_share_its_budget(ann: Visitor) -> None:
    for name in ("ann", "ANN", "Ann", "ann@example.org", "ANN@EXAMPLE.ORG"):
        assert wrong_passwords(ann, name, 1) == [422]
    for name in ("Ann", "ann@example.org"):
        page = ann.enters_password(name=name)
        assert (page.status, page.errors) == (422, [NOT_RIGHT])


@pytest.mark.requirement("RL-10")
def test_l27_a_forwarding_header_that_anybody_can_send_changes_nothing(host: Host) -> None:
    eve = Visitor.new(host, "eve")
    form = eve.opens("/login").form(with_field="password").fields
    sends = form | {"password": "a guess"}
    for number in range(PASSWORD_ADDRESS.limit):
        fields = sends | {"username": f"name-{number}"}
        assert eve.posts("/login", fields, **spoofed(f"10.0.{number}.1")).status_code == 422
    last = eve.posts("/login", sends | {"username": "one-more"}, **spoofed("198.51.100.1"))
    assert last.status_code == 429
    assert {row.address for row in host.events("try.taken")} == {"192.0.2.1"}


def test_l28_own_good_sign_ins_do_not_clear_the_addresss_failures(optional_host: Host) -> None:
    eve = Visitor.new(optional_host, "eve")
    statuses: list[int] = []
    for number in range(PASSWORD_ADDRESS.limit + 5):
        if number % 10 == 0:
            eve.enters_password()
        statuses += wrong_passwords(eve, f"victim-{number}", 1)
    assert statuses == [422] * PASSWORD_ADDRESS.limit + [429] * 5


def test_l29_a_budget_without_its_store_refuses(ann: Visitor) -> None:
    ann.enters_password()
    code_page = ann.opens("/verify-2fa")
    with ann.host.engine.begin() as connection:
        connection.execute(text("DROP TABLE vestibule_budget"))
    right = ann.fresh_code()
    form = code_page.form(with_field="totp_code")
    assert ann.sends(code_page, form, totp_code=right).status >= 500
    assert ann.enters_password().status >= 500
    assert not ann.is_signed_in()
    Base.metadata.tables["vestibule_budget"].create(ann.host.engine)
    assert ann.sends(code_page, form, totp_code=right).path == "/dashboard"


@pytest.mark.requirement("TOTP-4")
def test_l50_at_one_instant_three_codes_are_valid_by_default(ann: Visitor) -> None:
    now, window = ann.host.clock.now(), ann.host.services.settings.totp_window
    near = {ann.code(offset) for offset in range(-200, 201)}
    valid = {code for code in near if match(ann.papers.secrets[0], code, now, window)}
    assert valid == {ann.code(offset) for offset in (-1, 0, 1)}


@pytest.mark.requirement("TOTP-4")
def test_l50_a_wider_window_stops_the_start() -> None:
    _, findings = read_settings({"VESTIBULE_TOTP_WINDOW": 2})
    assert "VESTIBULE_TOTP_WINDOW" in [finding.setting for finding in findings]
