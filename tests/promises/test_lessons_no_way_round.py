"""Lessons from other products: ways round the second step. The lessons are listed in the docs."""

from __future__ import annotations

import pytest
from flask_login import encode_cookie
from sqlalchemy import delete

from tests.stories import HostMaker, settled
from tests.support.guessing import loses_the_authenticator_to_guessing
from tests.support.host_app import Host
from tests.support.routes import paths, unchanged
from tests.support.seen import Seen
from tests.support.visitor import COOKIES, Visitor
from vestibule.authenticators.models import Authenticator, Enrolment
from vestibule.backup_codes.models import BackupCode
from vestibule.sessions.models import Session


def test_l02_no_remember_or_cache_option_makes_step_one_enough(make: HostMaker) -> None:
    host = make(
        REMEMBER=True,
        REMEMBER_COOKIE_REFRESH_EACH_REQUEST=True,
        SESSION_REFRESH_EACH_REQUEST=True,
        SESSION_PROTECTION="strong",
        PERMANENT_SESSION_LIFETIME=10**8,
    )
    ann = settled(host, "ann")
    ann.enters_password()
    ann.enters_password()
    assert not ann.is_signed_in()
    assert ann.cookie("remember_token") is None
    forged = ann.in_another_browser()
    with host.app.test_request_context():
        forged.client.set_cookie("remember_token", encode_cookie(ann.user_id))
    assert not forged.is_signed_in()


def test_l04_a_pending_sign_in_reaches_no_secret_and_no_change(ann: Visitor) -> None:
    ann.enters_password()
    token = ann.token("/verify-2fa")
    fields = {"csrf_token": token, "totp_code": ann.code(1), "saved": "y", "sheet": "x"}
    pending = ann.cookie("vestibule-pending")
    assert pending
    with unchanged(ann.host, "vestibule_event"):
        for path in ("/setup-2fa", "/backup-codes", "/backup-codes/new", "/backup-codes/download"):
            assert "otpauth:" not in ann.asks(path).text
            ann.client.set_cookie("vestibule-pending", pending)
            assert ann.posts(path, fields).status_code == 303
            ann.client.set_cookie("vestibule-pending", pending)
        assert ann.posts("/confirm", fields).status_code == 303
    ann.signs_in()
    for path in paths(ann.host.app, "GET"):
        assert ann.papers.secrets[0] not in ann.asks(path).text


def test_l05_a_session_of_the_password_alone_changes_no_factor(optional_host: Host) -> None:
    ann = settled(optional_host, "ann")
    ann.signs_in()
    page = ann.opens("/setup-2fa")
    fields = page.form(with_field="totp_code").fields | {"totp_code": ann.code(0, page.secret)}
    # No way leads to such a session beside a factor; it is made by hand.
    optional_host.sets(Session, second_step_at=None, level="aal1")
    with unchanged(optional_host, "vestibule_event", "vestibule_budget"):
        assert ann.posts("/setup-2fa", fields).location.startswith("/confirm")
        one = f"/security/authenticators/{optional_host.rows(Authenticator)[0].id}"
        for path in ("/backup-codes/new", one, f"{one}/remove"):
            page = Seen(ann.posts(path, fields | {"name": "Mine"}))
            assert (page.status, page.heading) == (403, "Confirm it’s you")


def test_l05_a_session_from_before_the_first_factor_is_over(optional_host: Host) -> None:
    here = Visitor.new(optional_host, "nina")
    there = here.in_another_browser()
    here.enters_password()
    there.enters_password()
    page = there.opens("/setup-2fa")
    here.sets_up()
    there.papers.secrets.append(page.secret)
    there.sends(page, page.form(with_field="totp_code"), totp_code=there.code(0))
    assert not there.is_signed_in()
    assert len(optional_host.rows(Authenticator)) == 1


OF_A_MAIL = {"/not-me", "/recover/stop", "/recover/confirm"}
LEAVING = {"/logout", "/verify-2fa/cancel", "/login", "/register", "/login-with-link"}
"""To sign out, or to begin another sign-in: both are open to everybody."""


@pytest.mark.requirement("FLOW-1")
def test_l06_who_must_set_up_reaches_nothing_else_by_typing_an_address(newcomer: Visitor) -> None:
    newcomer.enters_password()
    pending = newcomer.cookie("vestibule-pending")
    assert pending
    for path in paths(newcomer.host.app, "GET"):
        page = newcomer.opens(path)
        assert page.heading != "Welcome, nina", path
        assert page.path not in ("/dashboard", "/backup-codes", "/confirm", "/verify-2fa"), path
        newcomer.client.set_cookie("vestibule-pending", pending)
    assert newcomer.opens("/dashboard").path == "/setup-2fa"
    fields = {"saved": "y", "sheet": "x", "totp_code": "123456", "backup_code": "x"}
    fields["csrf_token"] = newcomer.token("/setup-2fa")
    with unchanged(newcomer.host, "vestibule_event", "vestibule_budget"):
        for path in set(paths(newcomer.host.app, "POST")) - LEAVING:
            answer = newcomer.posts(path, fields)
            # No link of a mail was opened.
            refused = (410,) if path in OF_A_MAIL else (303, 422)
            if path.startswith("/security/notices"):
                refused = (404,)  # no mails are sent here
            if "passkey" in path:
                refused = (303, 403, 404)  # nor are passkeys offered
            assert answer.status_code in refused, path
            newcomer.client.set_cookie("vestibule-pending", pending)
    assert not newcomer.is_signed_in()


def test_l33_confirming_takes_only_the_sessions_own_factor(ann: Visitor) -> None:
    ben = settled(ann.host, "ben")
    ann.signs_in()
    ann.host.clock.moves(minutes=11)
    page = ann.fills_in("/confirm?next=/setup-2fa", totp_code=ben.fresh_code())
    assert page.status == 422
    assert ann.opens("/setup-2fa").path == "/confirm"
    ben.enters_password()
    assert ben.enters_code(ben.code()).path == "/dashboard"  # it was not spent either


@pytest.mark.parametrize("left", ["authenticator", "backup codes"])
def test_l37_each_factor_alone_is_demanded(any_policy_host: Host, left: str) -> None:
    ann = settled(any_policy_host, "ann")
    if left == "authenticator":
        with any_policy_host.engine.begin() as connection:
            connection.execute(delete(BackupCode))
    else:
        loses_the_authenticator_to_guessing(ann)
    browser = ann.in_another_browser()
    assert browser.enters_password().path == "/verify-2fa"
    assert not browser.is_signed_in()


def test_l41_revoked_is_revoked_on_every_worker_at_the_next_request(ann: Visitor) -> None:
    ann.signs_in()
    workers = [ann.with_the_same_cookies(ann.host.restarted()) for _ in range(2)]
    assert all(worker.is_signed_in() for worker in workers)
    ann.host.revokes(ann.user_id)
    assert not any(worker.is_signed_in() for worker in [ann, *workers])


@pytest.mark.requirement("FLOW-2")
def test_l47_every_other_first_step_ends_before_the_second(ann: Visitor) -> None:
    answer = ann.posts("/login-with-link", {"username": "ann"})
    assert answer.location == "/verify-2fa"
    assert not ann.is_signed_in()
    assert ann.cookie("remember_token") is None
    assert ann.enters_code().path == "/dashboard"


def test_l51_the_state_between_the_steps_dies_on_the_server(ann: Visitor) -> None:
    ann.enters_password()
    kept = {name: ann.cookie(name) for name in COOKIES}
    ann.host.clock.moves(hours=24 * 20)
    for name, value in kept.items():
        if value:
            ann.client.set_cookie(name, value)
    page = ann.opens("/verify-2fa")
    assert page.path == "/login"
    assert "You took longer than 10 minutes" in page.text


def test_l53_another_accounts_cookies_are_worthless(ann: Visitor) -> None:
    mallory = settled(ann.host, "mallory")
    mallory.signs_in()
    session = mallory.cookie("vestibule")
    assert session
    ann.enters_password()
    ann.client.set_cookie("vestibule", session)
    assert "Welcome, ann" not in ann.opens("/dashboard").text
    assert ann.enters_code(mallory.fresh_code()).status == 422
    assert "Welcome, ann" not in ann.opens("/dashboard").text


@pytest.mark.requirement("SES-13")
def test_l54_every_change_of_factors_asks_for_a_fresh_second_step(ann: Visitor) -> None:
    ann.signs_in()
    page = ann.opens("/setup-2fa")
    fields = page.form(with_field="totp_code").fields
    ann.host.clock.moves(minutes=11)
    ann.papers.secrets.append(page.secret)
    with unchanged(ann.host, "vestibule_session"):
        answer = ann.posts("/setup-2fa", fields | {"totp_code": ann.code()})
        assert answer.location.startswith("/confirm")
        one = f"/security/authenticators/{ann.host.rows(Authenticator)[0].id}"
        for path in ("/backup-codes/new", one, f"{one}/remove"):
            page = Seen(ann.posts(path, fields | {"name": "Mine"}))
            assert (page.status, page.heading) == (403, "Confirm it’s you")
    assert len(ann.host.rows(Authenticator)) == 1
    assert len(ann.host.rows(Enrolment)) == 1


def test_l58_nothing_is_bound_to_an_address(ann: Visitor) -> None:
    for number, step in enumerate([ann.enters_password, ann.enters_code, ann.is_signed_in]):
        ann.client.environ_base["REMOTE_ADDR"] = f"2001:db8:{number}::1"
        step()
    ann.client.environ_base["REMOTE_ADDR"] = "198.51.100.200"
    assert ann.is_signed_in()
