"""The application whose tests docs/testing.md shows; they are run against it."""

from __future__ import annotations

from typing import Any

from flask import Flask, redirect, request
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from vestibule import Vestibule, fresh_required, second_step_required


class Base(DeclarativeBase):
    pass


db = SQLAlchemy(model_class=Base)


class User(UserMixin, Base):  # type: ignore[misc]
    __tablename__ = "user"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str]
    password: Mapped[str]


def create_app(**config: Any) -> Flask:
    app = Flask(__name__)
    app.config.update(config)
    db.init_app(app)
    manager = LoginManager(app)
    manager.login_view = "login"
    manager.user_loader(lambda user_id: db.session.get(User, int(user_id)))
    Vestibule(app, db)

    @app.route("/login", methods=["GET", "POST"])
    def login() -> Any:
        user = db.session.scalar(db.select(User).filter_by(username=request.form["username"]))
        if user is None or user.password != request.form["password"]:
            return "not right", 422
        login_user(user)
        return redirect("/orders")

    @app.get("/orders")
    @login_required  # type: ignore[untyped-decorator]
    def orders() -> str:
        return f"Orders of {current_user.username}"

    @app.get("/payout")
    @second_step_required
    def payout() -> str:
        return "paid out"

    @app.get("/refund")
    @fresh_required(minutes=10)
    def refund() -> str:
        return "refunded"

    return app
