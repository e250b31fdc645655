"""Password, code, dashboard. Nothing counts guesses, a code works more than once, the secret lies
readable in the database, forms have no CSRF token, and there are no events.
"""

from typing import Any

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from flask import Flask, redirect, render_template, request, session, url_for
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user
from flask_sqlalchemy import SQLAlchemy

db = SQLAlchemy()
login_manager = LoginManager()
login_manager.login_view = "login"
hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)


class User(UserMixin, db.Model):  # type: ignore[name-defined]
    id = db.Column(db.Integer, primary_key=True)
    username = db.Column(db.String(80), unique=True, nullable=False)
    password_hash = db.Column(db.String(120), nullable=False)
    totp_secret = db.Column(db.String(32), nullable=False)

    def check_password(self, password: str) -> bool:
        try:
            return hasher.verify(self.password_hash, password)
        except VerifyMismatchError:
            return False


@login_manager.user_loader
def load_user(user_id: str) -> User | None:
    return db.session.get(User, int(user_id))


def application(database: str) -> Flask:
    app = Flask(__name__)
    app.config["SECRET_KEY"] = "of a benchmark, and no secret"
    app.config["SQLALCHEMY_DATABASE_URI"] = database
    db.init_app(app)
    login_manager.init_app(app)
    app.add_url_rule("/login", view_func=login, methods=["GET", "POST"])
    app.add_url_rule("/verify-2fa", view_func=verify_2fa, methods=["GET", "POST"])
    app.add_url_rule("/dashboard", view_func=dashboard)
    return app


def login() -> Any:
    if request.method == "POST":
        user = User.query.filter_by(username=request.form["username"]).first()
        if user and user.check_password(request.form["password"]):
            session["username"] = user.username
            return redirect(url_for("verify_2fa"))
    return render_template("login.html")


def verify_2fa() -> Any:
    if "username" not in session:
        return redirect(url_for("login"))
    if request.method == "POST":
        user = User.query.filter_by(username=session["username"]).first()
        if pyotp.TOTP(user.totp_secret).verify(request.form["code"], valid_window=1):
            login_user(user)
            session.pop("username")
            return redirect(url_for("dashboard"))
    return render_template("verify_2fa.html")


@login_required
def dashboard() -> str:
    return render_template("dashboard.html", user=current_user)


def fill(database: str, people: list[dict[str, str]]) -> None:
    stored: dict[str, str] = {}
    with application(database).app_context():
        db.create_all()
        for person in people:
            password = person["password"]
            stored.setdefault(password, hasher.hash(password))
            db.session.add(
                User(
                    username=person["login"],
                    password_hash=stored[password],
                    totp_secret=person["secret"],
                )
            )
        db.session.commit()
