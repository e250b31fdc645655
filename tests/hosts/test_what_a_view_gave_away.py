"""What a view wrote into Flask's session is for whoever passes every step of that very sign-in."""

from typing import Any

import pytest
from flask import Response, jsonify, redirect, request, session
from flask_login import current_user, login_user
from sqlalchemy import text

from tests.stories import HostMaker, settled
from tests.support.host_app import Host
from tests.support.host_tables import User, db
from tests.support.visitor import Visitor
from vestibule.foundation.database import Database


@pytest.fixture
def host(make: HostMaker) -> Host:
    """A host that keeps in its session what only somebody signed in may have."""
    return make(VESTIBULE_POLICY="optional")


def gives_away(host: Host, *people: Visitor, then: Any = lambda _: None) -> None:
    for person in people:
        host.app.add_url_rule(f"/as-{person.username}", person.username, _view(person, then))
    host.app.add_url_rule("/tenant", "tenant", _tenant)


def _view(person: Visitor, then: Any) -> Any:
    def enter() -> Any:
        user = db.session.get(User, int(person.user_id))
        login_user(user)
        session["tenant"] = person.username
        then(user)
        return redirect("/dashboard")

    return enter


def _tenant() -> Response:
    return jsonify(session.get("tenant"))


@pytest.fixture
def ann(host: Host) -> Visitor:
    """Has a second step, which another worker set up."""
    person = settled(host.restarted(VESTIBULE_POLICY="required"), "ann")
    return Visitor(host, person.papers, address="192.0.2.1", site="http://localhost")


def test_a_sign_in_of_another_account_does_not_get_it(host: Host, ann: Visitor) -> None:
    eve = Visitor.new(host, "eve")
    gives_away(host, ann, eve)
    # Eve knows ann's password and no more; her own account has no second step.
    eve.asks("/as-ann")
    assert eve.asks("/tenant").json is None
    eve.asks("/as-eve")
    assert eve.is_signed_in()
    assert eve.asks("/tenant").json == "eve"


def test_a_sign_in_of_another_account_gets_nothing_more(host: Host, ann: Visitor) -> None:
    eve = Visitor.new(host, "eve")
    gives_away(host, ann, eve)

    def plain() -> str:
        login_user(db.session.get(User, int(eve.user_id)))
        return "in"

    host.app.add_url_rule("/plain", "plain", plain)
    eve.asks("/as-ann")
    eve.asks("/plain")
    assert eve.is_signed_in()
    assert eve.asks("/tenant").json is None


def test_a_database_that_goes_away_leaves_nothing_of_it(host: Host, ann: Visitor) -> None:
    closed = []

    def nobody_can_write(_: User) -> None:
        writer = host.engine.connect()
        writer.execute(text("BEGIN IMMEDIATE"))
        closed.append(writer)

    gives_away(host, ann, then=nobody_can_write)
    host.gets(database=Database(host.url, busy_timeout=0.05))
    assert ann.asks("/as-ann").status_code == 503
    closed[0].rollback()
    closed[0].close()
    assert ann.asks("/tenant").json is None


def test_a_session_too_large_to_keep_leaves_nothing_of_it(host: Host, ann: Visitor) -> None:
    def writes_much(_: User) -> None:
        session["catalogue"] = "x" * 9000

    gives_away(host, ann, then=writes_much)
    assert ann.asks("/as-ann").status_code == 500
    assert ann.asks("/tenant").json is None


def test_an_error_nobody_thought_of_leaves_nothing_of_it(
    host: Host, ann: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object, **__: object) -> None:
        raise RuntimeError

    gives_away(host, ann)
    monkeypatch.setattr("vestibule.host.handover.begin", breaks)
    assert ann.asks("/as-ann").status_code == 500
    assert ann.asks("/tenant").json is None


def test_an_error_before_the_view_leaves_nothing_of_it_and_signs_nobody_in(host: Host) -> None:
    nina = Visitor.new(host, "nina")
    gives_away(host)

    @host.app.before_request
    def single_sign_on() -> None:
        if request.path == "/dashboard" and "sso" in request.args:
            login_user(db.session.get(User, int(nina.user_id)))
            session["tenant"] = "nina"
            raise ValueError("the account is locked")

    host.app.register_error_handler(ValueError, lambda _: redirect("/login"))
    assert nina.asks("/dashboard?sso=1").location == "/login"
    assert not nina.is_signed_in()
    assert nina.asks("/tenant").json is None


def test_the_session_one_had_is_not_the_new_users(host: Host) -> None:
    nina, eve = Visitor.new(host, "nina"), Visitor.new(host, "eve")
    seen: list[object] = []

    def switch() -> str:
        before = current_user.username
        login_user(db.session.get(User, int(nina.user_id)))
        seen.extend((before, current_user.username, host.vestibule.this_session()))
        return "in"

    gives_away(host, eve)
    host.app.add_url_rule("/switch", "switch", switch)
    eve.asks("/as-eve")
    eve.asks("/switch")
    assert seen == ["eve", "nina", None]
