"""The pages of the minimal host: what an application that signs people in has anyway."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Protocol

from flask import Flask, abort, make_response, redirect, render_template, request, url_for
from flask_login import login_required, login_user, logout_user
from jinja2 import DictLoader
from sqlalchemy import Connection
from wtforms import HiddenField, PasswordField, StringField

from vestibule import Budget, EventKind, Form, Vestibule, check_csrf, csrf_token, safe_next

NOT_RIGHT = "The user name or password is not right."
REGISTRATION = Budget(
    kind="host.registration", reason="of the tests", limit=20, window=timedelta(hours=1)
)
TRACE = "something that only a trace would show"

_LOGIN = """<!doctype html><html lang="en"><title>Sign in</title><h1>Sign in</h1>
{% if returning %}<p role="status">{{ returning.why }}</p>{% endif %}
<form method="post" action="{{ action }}">
{% for errors in form.errors.values() %}{% for one in errors %}<p class="error">{{ one }}</p>
{% endfor %}{% endfor %}
<input type="hidden" name="csrf_token" value="{{ form.csrf_token._value() }}">
<input type="hidden" name="next" value="{{ form.next.data or '' }}">
<input name="username" value="{{ form.username.data or '' }}">
<input type="password" name="password"><button>Sign in</button></form></html>"""

_DASHBOARD = """<!doctype html><html lang="en"><title>Dashboard</title>
<h1>Welcome, {{ current_user.username }}</h1>
<p>{{ session.level }}</p>
<form method="post" action="{{ url_for('logout') }}">
<input type="hidden" name="csrf_token" value="{{ csrf_token() }}"><button>Sign out</button></form>
</html>"""


class LoginForm(Form):
    username = StringField()
    password = PasswordField()
    next = HiddenField()


class Users(Protocol):
    """The host's own way to its users."""

    def find(self, name: str) -> Any: ...
    def make(self, username: str, password_hash: str) -> Any: ...
    def connection(self) -> Connection: ...
    def commit(self) -> None: ...


def register_views(app: Flask, vestibule: Vestibule, users: Users) -> None:
    """``/register``, ``/login``, ``/logout``, ``/dashboard`` and what single stories need."""

    app.jinja_loader = DictLoader({"login.html": _LOGIN, "dashboard.html": _DASHBOARD})

    @app.route("/login", methods=["GET", "POST"])
    def login() -> Any:
        returning = vestibule.returning()
        form = LoginForm(next=safe_next(request.values.get("next")))
        if returning and not form.username.data:
            form.username.data = returning.name
        if form.validate_on_submit():
            name = form.username.data or ""
            user = users.find(name)
            stored = user.password_hash if user else None
            with vestibule.password_try(name, user) as attempt:
                right = attempt.check(stored, form.password.data or "")
            if right:
                login_user(user, remember=app.config.get("REMEMBER", False))
                return redirect(safe_next(form.next.data) or url_for("dashboard"))
            form.password.errors = [NOT_RIGHT]
        html = render_template("login.html", form=form, returning=returning, action=request.path)
        return make_response(html, 422 if form.errors else 200)

    @app.route("/register", methods=["GET", "POST"])
    def register() -> Any:
        form = LoginForm()
        good = form.validate_on_submit()
        if good and not (form.username.data or "").isidentifier():
            form.username.errors = ["A user name has letters and digits."]
        elif good:
            with vestibule.spending((REGISTRATION, None)) as slot:
                user = users.make(form.username.data or "", slot.hash(form.password.data or ""))
            connection = users.connection()
            vestibule.record(EventKind.ACCOUNT_CREATED, user, connection=connection)
            users.commit()
            login_user(user)
            return redirect(url_for("dashboard"))
        html = render_template("login.html", form=form, returning=None, action=request.path)
        return make_response(html, 422 if form.errors else 200)

    @app.get("/dashboard")
    @login_required  # type: ignore[untyped-decorator]
    def dashboard() -> str:
        return render_template(
            "dashboard.html", session=vestibule.this_session(), csrf_token=csrf_token
        )

    @app.post("/logout")
    def logout() -> Any:
        check_csrf(request.form.get("csrf_token"))
        logout_user()
        return redirect(url_for("login"))

    @app.post("/login-with-link")
    def login_with_link() -> Any:
        """Another first step of the host: a link from a mail, say, that was checked already."""
        user = users.find(request.form["username"])
        login_user(user, remember=True)
        return redirect(url_for("dashboard"))

    @app.get("/breaks")
    def breaks() -> None:
        raise RuntimeError(TRACE)

    @app.get("/answers/<int:status>")
    def answers(status: int) -> None:
        abort(status)
