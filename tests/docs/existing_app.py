"""An application that signs people in with Flask-Login and never heard of a second step."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Flask, redirect, render_template, request, url_for
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user
from flask_sqlalchemy import SQLAlchemy
from jinja2 import DictLoader
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from werkzeug.security import check_password_hash, generate_password_hash

PASSWORD = "a password of ann's own"
# Cheap: what it costs to guess is the application's matter, not the pages'.
_HASH = generate_password_hash(PASSWORD, method="pbkdf2:sha256:1")

LOGIN = """<!doctype html><title>Sign in</title><p>{{ error }}</p>
<form method="post"><input name="username"><input name="password" type="password"></form>"""


def existing_app(folder: Path, *, takes_passwords: bool) -> dict[str, Any]:
    """Makes it, with one user, and returns its names as the file that defines it has them.

    ``takes_passwords``: its own view compares them; else the view is still to be written.
    """
    app = Flask(__name__, instance_path=str(folder))
    app.config["SECRET_KEY"] = "a secret key that this application had before"
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite:///site.db"
    app.config["VESTIBULE_HASH_FOLDER"] = folder
    app.jinja_loader = DictLoader({"login.html": LOGIN})  # type: ignore[assignment]

    class Base(DeclarativeBase):
        pass

    db = SQLAlchemy(app, model_class=Base)
    login_manager = LoginManager(app)
    login_manager.login_view = "login"

    class User(UserMixin, db.Model):  # type: ignore[misc, name-defined]
        id: Mapped[int] = mapped_column(primary_key=True)
        username: Mapped[str] = mapped_column(unique=True)
        password_hash: Mapped[str]
        is_staff: Mapped[bool] = mapped_column(default=False)

    login_manager.user_loader(lambda user_id: db.session.get(User, int(user_id)))

    @app.route("/login", methods=["GET", "POST"] if takes_passwords else ["GET"])
    def login() -> Any:
        error = ""
        if request.method == "POST":
            user = db.session.scalar(db.select(User).filter_by(username=request.form["username"]))
            if user and check_password_hash(user.password_hash, request.form["password"]):
                login_user(user)
                return redirect(url_for("dashboard"))
            error = "The user name or password is not right."
        return render_template("login.html", error=error)

    @app.get("/dashboard")
    @login_required  # type: ignore[untyped-decorator]
    def dashboard() -> str:
        return f"Welcome, {current_user.username}"

    with app.app_context():
        db.create_all()
        db.session.add(User(username="ann", password_hash=_HASH, is_staff=True))
        db.session.commit()
    return {"app": app, "db": db, "User": User, "login_manager": login_manager}
