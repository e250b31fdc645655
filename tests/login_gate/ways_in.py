"""Every way in that we know of, each as somebody would try it with no more than a first step.

``turns`` makes the account what the column of the table says: what a browser holds from before is
fetched before that.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import jsonify, redirect, request
from flask_login import FlaskLoginClient, login_user

from tests.support.before_vestibule import comes_with, signed_in_before
from tests.support.host_app import Host
from tests.support.host_tables import User, Users
from tests.support.passkey_person import adds, shows
from tests.support.recovering import begins_set_up, has_asked
from tests.support.soft_passkey import TRUTH, UP, Saying, SoftPasskey
from tests.support.visitor import Visitor
from vestibule.audit.values import Origin
from vestibule.recovery.flows import stop

Turns = Callable[[], None]
Way = Callable[[Host, Visitor, Turns], Visitor]


def register(host: Host) -> None:
    """What hosts have: other first steps, other places for ``login_user()``."""

    def named() -> User | None:
        return Users().find(request.headers.get("X-Name", ""))

    def by_json() -> Any:
        login_user(Users().find(request.get_json()["name"]), remember=True)
        return jsonify(signed_in=True)

    def becomes() -> Any:
        login_user(named(), remember=True, fresh=True, force=True)
        return redirect("/dashboard")

    def before() -> None:
        if "X-Sign-On" in request.headers:
            login_user(named())

    def loads(asked: Any) -> User | None:
        user = named() if "X-Load" in asked.headers else None
        if user:
            login_user(user)
        return user

    host.app.add_url_rule("/by-json", "by_json", by_json, methods=["POST"])
    host.app.add_url_rule("/becomes", "becomes", becomes, methods=["POST"])
    host.app.before_request(before)
    host.app.login_manager.request_loader(loads)


def sign_in_page(_: Host, person: Visitor, turns: Turns) -> Visitor:
    turns()
    person.enters_password()
    return person


def json_sign_in(_: Host, person: Visitor, turns: Turns) -> Visitor:
    turns()
    person.client.post("/by-json", json={"name": person.username})
    return person


def link_from_a_mail(_: Host, person: Visitor, turns: Turns) -> Visitor:
    turns()
    person.posts("/login-with-link", {"username": person.username})
    return person


def before_request(_: Host, person: Visitor, turns: Turns) -> Visitor:
    turns()
    person.asks("/dashboard", **{"X-Sign-On": "1", "X-Name": person.username})
    return person


def request_loader(_: Host, person: Visitor, turns: Turns) -> Visitor:
    turns()
    answer = person.asks("/dashboard", **{"X-Load": "1", "X-Name": person.username})
    assert answer.status_code == 303
    return person


def becoming_somebody_else(host: Host, person: Visitor, turns: Turns) -> Visitor:
    turns()
    boss = Visitor.new(host, "boss")
    boss.enters_password()
    assert boss.is_signed_in()
    boss.posts("/becomes", {}, **{"X-Name": person.username})
    return boss


def remembered_browser(_: Host, person: Visitor, turns: Turns) -> Visitor:
    person.signs_in()
    assert person.is_signed_in()
    turns()
    back = person.in_another_browser()
    back.client.set_cookie("vestibule-remember", person.cookie("vestibule-remember") or "")
    return back


def open_tab_from_before(host: Host, person: Visitor, turns: Turns) -> Visitor:
    """Signed in with the password before the account was what it is."""
    if person.papers.secrets:
        return sign_in_page(host, person, turns)
    person.enters_password()
    turns()
    return person


def flask_login_session(host: Host, person: Visitor, turns: Turns) -> Visitor:
    cookies = signed_in_before(host, person)
    turns()
    return comes_with(person, cookies)


def flask_login_remember_me(host: Host, person: Visitor, turns: Turns) -> Visitor:
    token = signed_in_before(host, person, remember=True)["remember_token"]
    turns()
    return comes_with(person, {"remember_token": token})


def flask_login_client(host: Host, person: Visitor, turns: Turns) -> Visitor:
    turns()
    host.app.test_client_class = FlaskLoginClient
    with host.app.app_context():
        person.client = host.app.test_client(user=Users().find(person.username))
    return person


def old_pending_sign_in(host: Host, person: Visitor, turns: Turns) -> Visitor:
    turns()
    person.posts("/login-with-link", {"username": person.username})
    host.clock.moves(hours=25)
    return person


def pending_token_elsewhere(_: Host, person: Visitor, turns: Turns) -> Visitor:
    turns()
    person.posts("/login-with-link", {"username": person.username})
    token = person.cookie("vestibule-pending") or "none"
    other = person.in_another_browser()
    for name in ("vestibule", "vestibule-remember", "vestibule-link", "session", "remember_token"):
        other.client.set_cookie(name, token)
    other.client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    other.client.environ_base["HTTP_X_SESSION"] = token
    return other


def pending_cookie_copied(_: Host, person: Visitor, turns: Turns) -> Visitor:
    turns()
    person.posts("/login-with-link", {"username": person.username})
    other = person.in_another_browser()
    token = person.cookie("vestibule-pending")
    if token:
        other.client.set_cookie("vestibule-pending", token)
    return other


def waiting_recovery(host: Host, person: Visitor, turns: Turns) -> Visitor:
    """The waiting time is not over for another second."""
    turns()
    person.enters_password()
    has_asked(host, person, timedelta(seconds=1))
    begins_set_up(person)
    return person


def open_recovery(host: Host, person: Visitor, turns: Turns) -> Visitor:
    turns()
    person.enters_password()
    has_asked(host, person)
    return person


def begun_recovery(host: Host, person: Visitor, turns: Turns) -> Visitor:
    """Up to the set-up, by the link of the second mail; inside is nobody before its first code."""
    open_recovery(host, person, turns)
    begins_set_up(person)
    return person


def stopped_recovery(host: Host, person: Visitor, turns: Turns) -> Visitor:
    begun_recovery(host, person, turns)
    stop(host.services, person.subject_id, "mail", Origin("", "", ""))
    person.opens("/setup-2fa")
    return person


def _passkey_alone(person: Visitor, turns: Turns, saying: Saying) -> Visitor:
    device = SoftPasskey()
    person.signs_in()
    adds(person, device)
    turns()
    browser = person.in_another_browser()
    shows(browser, device, saying, "sign-in")
    return browser


def passkey_alone(_: Host, person: Visitor, turns: Turns) -> Visitor:
    """Both steps at once: whatever becomes of the codes meanwhile."""
    return _passkey_alone(person, turns, TRUTH)


def passkey_without_a_finger(_: Host, person: Visitor, turns: Turns) -> Visitor:
    """Held, and nothing else: one step."""
    return _passkey_alone(person, turns, Saying(flags=UP))
