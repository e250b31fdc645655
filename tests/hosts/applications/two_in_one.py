"""Two applications in one process, with one LoginManager and one ``db`` for both."""

from flask import Flask, redirect, request, session, url_for
from flask_login import (
    LoginManager,
    UserMixin,
    current_user,
    login_required,
    login_user,
    logout_user,
)
from flask_sqlalchemy import SQLAlchemy
from werkzeug.exceptions import NotFound
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.security import check_password_hash

from tests.hosts.applications import given
from vestibule import Vestibule, upgrade_database

db = SQLAlchemy()
login_manager = LoginManager()
login_manager.login_view = "login"


class User(UserMixin, db.Model):
    id = db.Column(db.Integer, primary_key=True)
    username = db.Column(db.String(80), unique=True)
    password_hash = db.Column(db.String(200))


@login_manager.user_loader
def load_user(user_id):
    return db.session.get(User, int(user_id))


def create_app(name):
    app = Flask(name)
    app.config.update(
        given.configuration(
            SQLALCHEMY_DATABASE_URI=f"sqlite:///{given.FOLDER / name}.db",
            SESSION_COOKIE_NAME=f"{name}-session",
            VESTIBULE_COOKIE_NAME=name,
            VESTIBULE_AFTER_SIGN_IN=f"/{name}/dashboard",
        )
    )
    db.init_app(app)
    login_manager.init_app(app)
    vestibule = Vestibule(app, db)

    @app.route("/login", methods=["GET", "POST"])
    def login():
        if request.method == "GET":
            return given.login_page()
        username = request.form["username"]
        user = db.session.scalar(db.select(User).filter_by(username=username))
        with vestibule.password_try(username, user) as attempt:
            if user and check_password_hash(user.password_hash, request.form["password"]):
                attempt.passed()
                login_user(user)
                session["tenant"] = "acme"
                return redirect(url_for("dashboard"))
        return given.login_page(given.NOT_RIGHT)

    @app.get("/dashboard")
    @login_required
    def dashboard():
        return given.dashboard_page(current_user.username, session.get("tenant"))

    @app.post("/logout")
    def logout():
        logout_user()
        return redirect(url_for("login"))

    @app.post("/leave")
    @login_required
    def leave():
        db.session.delete(db.session.get(User, current_user.id))
        db.session.commit()
        return redirect(url_for("login"))

    return app


shop, desk = create_app("shop"), create_app("desk")
app = DispatcherMiddleware(NotFound(), {"/shop": shop, "/desk": desk})


def prepare():
    for one in (shop, desk):
        with one.app_context():
            upgrade_database(db.engine.url)
            db.create_all()
            db.session.add_all(
                User(username=name, password_hash=given.HASH) for name in given.USERS
            )
            db.session.commit()
            db.engine.dispose()


given.once(prepare)
