"""The seam with Flask-Login, as a host's own views meet it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, abort, redirect
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from sqlalchemy import text

from tests.stories import HostMaker
from tests.support.host_app import KEY, SECRET_KEY, Host
from tests.support.host_tables import User, Users, copy_of_empty_sqlite, db
from tests.support.seen import Seen
from tests.support.visitor import Visitor
from vestibule import Vestibule
from vestibule.foundation.database import Database
from vestibule.foundation.hashing import Hasher
from vestibule.sessions.models import Session
from vestibule.signin.models import PendingSignin


def with_view(host: Host, view: Callable[[Any], Any]) -> Visitor:
    """nina, and a first step of the host at ``/enter`` that ends with this view."""
    nina = Visitor.new(host, "nina")
    host.app.add_url_rule("/enter", "enter", lambda: view(Users().find("nina")), methods=["POST"])
    return nina


def enters(person: Visitor) -> Seen:
    return Seen(person.posts("/enter", {}, follow_redirects=True))


def test_a_host_that_compares_itself_says_that_the_password_was_right(host: Host) -> None:
    def view(user: User) -> Any:
        with host.vestibule.password_try("nina", user) as attempt:
            attempt.passed()
        login_user(user)
        return redirect("/dashboard")

    nina = with_view(host, view)
    assert enters(nina).path == "/setup-2fa"
    assert host.events("password.failed") == []


def test_login_user_after_a_try_that_was_not_passed_signs_nobody_in(host: Host) -> None:
    def view(user: User) -> Any:
        with host.vestibule.password_try("nina", user):
            login_user(user)
        return redirect("/dashboard")

    nina = with_view(host, view)
    page = enters(nina)
    assert page.path == "/login"
    assert "The user name or password is not right." in page.text
    assert host.rows(PendingSignin) == []
    assert len(host.events("password.failed")) == 1


def test_nor_while_the_accounts_budget_is_used_up(host: Host) -> None:
    def view(user: User) -> Any:
        with host.vestibule.password_try("an alias", user) as attempt:
            attempt.passed()
        login_user(user)
        return redirect("/dashboard")

    nina = with_view(host, view)
    for _ in range(5):
        nina.enters_password("a guess")
    assert enters(nina).path == "/login"
    assert host.rows(PendingSignin) == []
    host.clock.moves(30)
    assert enters(nina).path == "/setup-2fa"


@pytest.mark.parametrize("status", [403, 500])
def test_a_view_that_fails_after_login_user_signs_nobody_in(
    optional_host: Host, status: int
) -> None:
    def view(user: User) -> Any:
        login_user(user)
        abort(status)

    nina = with_view(optional_host, view)
    assert enters(nina).status == status
    assert not nina.is_signed_in()
    assert optional_host.rows(Session) == []


def test_login_user_and_logout_user_in_one_view_is_nothing(optional_host: Host) -> None:
    def view(user: User) -> Any:
        login_user(user)
        logout_user()
        return "nothing"

    nina = with_view(optional_host, view)
    assert enters(nina).html == "nothing"
    assert optional_host.rows(Session) == []


def test_the_rest_of_the_view_sees_the_user(host: Host) -> None:
    seen = []

    def view(user: User) -> Any:
        login_user(user)
        seen.append(current_user.username)
        return redirect("/dashboard")

    assert enters(with_view(host, view)).path == "/setup-2fa"
    assert seen == ["nina"]


@pytest.mark.requirement("P9")
def test_a_database_that_goes_away_behind_the_view_lets_nobody_in(optional_host: Host) -> None:
    closed = []

    def view(user: User) -> Any:
        # The last statement of the view: from now on nobody can write.
        writer = optional_host.engine.connect()
        writer.execute(text("BEGIN IMMEDIATE"))
        closed.append(writer)
        login_user(user)
        return redirect("/dashboard")

    nina = with_view(optional_host, view)
    nina.opens("/login")
    optional_host.gets(database=Database(optional_host.url, busy_timeout=0.05))
    page = enters(nina)
    assert (page.status, page.heading) == (503, "Not possible right now")
    assert page.retry_after
    closed[0].rollback()
    closed[0].close()
    assert not nina.is_signed_in()
    assert nina.enters_password().path == "/dashboard"


def test_a_login_manager_made_later_is_guarded_too(make: HostMaker) -> None:
    host = make()
    later = LoginManager(host.app)
    later.login_view = "login"
    later.user_loader(lambda user_id: db.session.get(User, int(user_id)))
    nina = Visitor.new(host, "nina")
    assert nina.enters_password().path == "/setup-2fa"
    assert not nina.is_signed_in()


def test_a_hook_that_was_there_before_us_does_not_meet_it_either(tmp_path: Path) -> None:
    app = Flask("shop", static_folder=None)
    app.config |= {"SECRET_KEY": SECRET_KEY, "VESTIBULE_KEYS": [KEY]}
    app.config["VESTIBULE_DATABASE"] = copy_of_empty_sqlite(tmp_path / "shop.db")
    seen: list[bool] = []

    @app.before_request
    def looks() -> str:
        seen.append(current_user.is_authenticated)
        return "open"

    Vestibule(app, hasher=Hasher.cheap_for_tests(tmp_path))
    LoginManager(app).user_loader(lambda _: UserMixin())
    client = app.test_client()
    # A cookie of Flask-Login's own, from before Vestibule: an unguarded manager believes it.
    with client.session_transaction() as cookie:
        cookie["_user_id"] = "1"
    client.get("/")
    app.extensions["vestibule"].runtime.services.database.dispose()
    assert seen == [False]


def test_a_user_loader_registered_later_is_used(make: HostMaker) -> None:
    host = make(VESTIBULE_POLICY="optional")
    asked = []

    def loader(user_id: str) -> User | None:
        asked.append(user_id)
        return db.session.get(User, int(user_id))

    host.app.login_manager.user_loader(loader)
    nina = Visitor.new(host, "nina")
    nina.enters_password()
    assert nina.is_signed_in()
    assert asked


def test_a_loader_that_finds_somebody_else_opens_nothing(make: HostMaker) -> None:
    host = make(VESTIBULE_POLICY="optional")
    nina, eve = Visitor.new(host, "nina"), Visitor.new(host, "eve")
    nina.enters_password()
    host.app.login_manager.user_loader(lambda _: db.session.get(User, int(eve.user_id)))
    assert not nina.is_signed_in()


def test_an_api_token_that_the_host_reads_is_the_hosts(make: HostMaker) -> None:
    host = make()
    nina = Visitor.new(host, "nina")

    def of_token(request: Any) -> User | None:
        return Users().find("nina") if request.headers.get("X-Token") == "good" else None

    host.app.login_manager.request_loader(of_token)
    assert nina.asks("/dashboard").status_code == 302
    assert nina.asks("/dashboard", **{"X-Token": "good"}).status_code == 200
    # It is no session: our own pages ask for a sign-in.
    assert nina.asks("/backup-codes", **{"X-Token": "good"}).status_code == 303


def test_the_policy_may_depend_on_the_user(make: HostMaker) -> None:
    host = make(VESTIBULE_POLICY="optional")
    host.vestibule.policy(lambda user, _: "required" if user.username == "boss" else "optional")
    boss, nina = Visitor.new(host, "boss"), Visitor.new(host, "nina")
    assert boss.enters_password().path == "/setup-2fa"
    assert nina.enters_password().path == "/dashboard"


@pytest.mark.parametrize("said", ["Required", True, None])
def test_a_policy_that_says_something_else_lets_nobody_in(make: HostMaker, said: Any) -> None:
    host = make(VESTIBULE_POLICY="optional")
    nina = Visitor.new(host, "nina")
    host.vestibule.policy(lambda user, context: said)
    assert nina.enters_password().status == 500
    assert host.rows(Session) == host.rows(PendingSignin) == []


def test_without_a_sign_in_page_the_answer_is_401(make: HostMaker) -> None:
    host = make()
    host.app.login_manager.login_view = None
    ann = Visitor.new(host, "ann")
    assert ann.asks("/dashboard").status_code == 401
    # Whom we lead back, we lead to the front page then.
    assert ann.asks("/verify-2fa").location == "/"


def test_a_sign_in_page_may_be_an_address(make: HostMaker) -> None:
    host = make()
    host.app.login_manager.login_view = "https://accounts.example/login"
    assert Visitor.new(host, "ann").asks("/verify-2fa").location == "https://accounts.example/login"
