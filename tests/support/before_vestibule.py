"""The minimal host as it was before Vestibule came: Flask-Login alone, on the same users."""

from __future__ import annotations

from typing import Any

from flask import Flask, session
from flask_login import LoginManager, login_user

from tests.support.host_app import SECRET_KEY, Host
from tests.support.host_tables import User, db
from tests.support.visitor import Visitor

COOKIES = ("session", "remember_token")


def signed_in_before(host: Host, person: Visitor, *, remember: bool = False) -> dict[str, str]:
    """The cookies of a browser in which this person signed in then."""
    app = Flask("host", static_folder=None)
    app.config.update(SECRET_KEY=SECRET_KEY, SQLALCHEMY_DATABASE_URI=host.url)
    db.init_app(app)
    LoginManager(app).user_loader(lambda user_id: db.session.get(User, int(user_id)))

    @app.post("/login")
    def login() -> str:
        login_user(db.session.get(User, int(person.user_id)), remember=remember)
        session["basket"] = ["book"]
        return "in"

    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = person.address
    client.post("/login", base_url=person.site)
    with app.app_context():
        db.engine.dispose()
    held: dict[str, Any] = {name: client.get_cookie(name) for name in COOKIES}
    return {name: cookie.value for name, cookie in held.items() if cookie}


def comes_with(person: Visitor, cookies: dict[str, str]) -> Visitor:
    """The same person in a browser that holds these."""
    browser = person.in_another_browser()
    for name, value in cookies.items():
        browser.client.set_cookie(name, value)
    return browser
