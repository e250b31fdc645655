"""The host's pages are as they were: every header and byte, with us and without us."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, abort, flash, redirect, request
from flask.testing import FlaskClient
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from tests.support.authenticator import Authenticator
from tests.support.host_app import KEY, SECRET_KEY
from tests.support.pages import Page
from vestibule import Vestibule, upgrade_database

OPEN = (
    *("/", "/static/style.css", "/moved", "/nowhere", "/broken", "/gone", "/flashed", "/streamed"),
    *("/answers/401", "/answers/503", "/refused", "/typed", "/cached"),
)
SIGNED_IN = (*OPEN, "/mine")
PREFIX = "/two-factor"


class User(UserMixin):
    id = "ann"


def make_app(folder: Path) -> Flask:
    """Headers, hooks and handlers of its own, wherever Flask lets an application have some."""
    (folder / "static").mkdir(exist_ok=True)
    (folder / "static" / "style.css").write_text("body { color: teal }")
    app = Flask("own", root_path=str(folder))
    app.config.update(
        SECRET_KEY=SECRET_KEY,
        VESTIBULE_KEYS=[KEY],
        VESTIBULE_DATABASE=f"sqlite:///{folder / 'second-step.db'}",
        VESTIBULE_POLICY="required",
    )
    manager = LoginManager(app)
    manager.login_view = "enter"
    manager.user_loader(lambda user_id: User())
    app.torn_down = []  # type: ignore[attr-defined]

    @app.before_request
    def refuse() -> Any:
        return ("Not here", 418, {"X-Refused": "yes"}) if request.path == "/refused" else None

    @app.after_request
    def sign(response: Response) -> Response:
        response.headers["X-Own"] = "host"
        response.headers.setdefault("Content-Security-Policy", "default-src 'self'")
        return response

    @app.teardown_request
    def remember(error: BaseException | None) -> None:
        app.torn_down.append((request.path, repr(error)))  # type: ignore[attr-defined]

    @app.errorhandler(HTTPException)
    def say(error: HTTPException) -> Any:
        return f"The host says {error.code} to {current_user.is_authenticated}", error.code

    @app.errorhandler(ZeroDivisionError)
    def say_broken(error: ZeroDivisionError) -> Any:
        return "The host broke", 500

    @app.errorhandler(404)
    def say_missing(error: HTTPException) -> Any:
        return "The host has no such page", 404

    app.add_url_rule("/", view_func=lambda: "Welcome", endpoint="index")
    app.add_url_rule("/moved", view_func=lambda: redirect("/"), endpoint="moved")
    app.add_url_rule("/broken", view_func=lambda: 1 / 0, endpoint="broken")
    app.add_url_rule("/gone", view_func=lambda: abort(410), endpoint="gone")
    app.add_url_rule("/answers/<int:status>", view_func=lambda status: abort(status), endpoint="a")
    app.add_url_rule("/flashed", view_func=lambda: flash("hello") or "flashed", endpoint="flashed")
    app.add_url_rule("/streamed", view_func=lambda: iter(["a", "b"]), endpoint="streamed")
    app.add_url_rule(
        "/typed",
        view_func=lambda: Response("{}", content_type="application/json"),
        endpoint="typed",
    )
    app.add_url_rule(
        "/cached", view_func=lambda: ("", {"Cache-Control": "public, max-age=9"}), endpoint="cached"
    )
    app.add_url_rule(
        "/enter",
        view_func=lambda: login_user(User()) and redirect("/mine"),
        endpoint="enter",
        methods=["POST"],
    )
    app.add_url_rule(
        "/mine", view_func=login_required(lambda: f"Yours, {current_user.id}"), endpoint="mine"
    )
    return app


@pytest.fixture
def without(tmp_path: Path) -> Flask:
    return make_app(tmp_path)


@pytest.fixture
def with_us(tmp_path: Path) -> Iterator[Flask]:
    app = make_app(tmp_path)
    Vestibule(app)
    upgrade_database(app.config["VESTIBULE_DATABASE"])
    yield app
    app.extensions["vestibule"].runtime.services.database.dispose()


def told(answer: TestResponse) -> tuple[int, list[tuple[str, str]], bytes]:
    """All that an answer says but cookies, and the time."""
    headers = [(name, it) for name, it in answer.headers if name not in ("Set-Cookie", "Date")]
    with answer:
        return answer.status_code, sorted(headers), answer.data


def test_nobody_sees_a_difference(without: Flask, with_us: Flask) -> None:
    one, other = without.test_client(), with_us.test_client()
    for path in SIGNED_IN:
        assert told(one.get(path)) == told(other.get(path)), path
    assert one.get_cookie("session") is not None
    assert set(cookies(other)) == {"session"}
    assert without.torn_down == with_us.torn_down  # type: ignore[attr-defined]


def test_somebody_signed_in_sees_no_difference(without: Flask, with_us: Flask) -> None:
    one, other = without.test_client(), with_us.test_client()
    assert one.post("/enter").location == "/mine"
    passes_both_steps(other)
    for path in SIGNED_IN:
        assert told(one.get(path)) == told(other.get(path)), path
    # The browser is known from now on, which is said to our own pages alone.
    assert set(cookies(other)) == {"session", "vestibule", "vestibule-known"}


def test_our_pages_have_our_headers_and_leave_the_hosts_alone(with_us: Flask) -> None:
    client = with_us.test_client()
    client.post("/enter")
    answer = client.get(f"{PREFIX}/setup-2fa")
    assert answer.headers["X-Own"] == "host"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Cache-Control"] == "no-store"


def passes_both_steps(client: FlaskClient) -> None:
    page = client.post("/enter", follow_redirects=True)
    (link,) = (link for link in Page(page.text).links if link.startswith("otpauth:"))
    secret = link.partition("secret=")[2].partition("&")[0]
    form = Page(page.text).form(with_field="totp_code")
    code = Authenticator(secret).fresh_code()
    page = client.post(f"{PREFIX}/setup-2fa", data=form.fields | {"totp_code": code})
    assert page.status_code == 303, page.text


def cookies(client: FlaskClient) -> list[str]:
    return [cookie.key for cookie in client._cookies.values()]  # type: ignore[union-attr]
