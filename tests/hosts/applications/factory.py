"""A factory, blueprints, Flask-Migrate, and a policy by role."""

import logging

from flask import Blueprint, Flask, redirect, request, session, url_for
from flask_login import (
    LoginManager,
    UserMixin,
    current_user,
    login_required,
    login_user,
    logout_user,
)
from flask_migrate import Migrate, init, migrate, upgrade
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import inspect
from werkzeug.security import check_password_hash

from tests.hosts.applications import given
from vestibule import Vestibule, fresh_required, upgrade_database

db = SQLAlchemy()
login_manager = LoginManager()
login_manager.login_view = "auth.login"
migrations = Migrate()
vestibule = Vestibule()
auth = Blueprint("auth", __name__)
pages = Blueprint("pages", __name__)


class Role(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(20))


class User(UserMixin, db.Model):
    id = db.Column(db.Integer, primary_key=True)
    email = db.Column(db.String(80), unique=True)
    password_hash = db.Column(db.String(200))
    role_id = db.Column(db.ForeignKey("role.id"))
    role = db.relationship(Role)


@vestibule.policy
def policy(user, context):
    return "required" if user.role.name == "staff" else "optional"


@login_manager.user_loader
def load_user(user_id):
    return db.session.get(User, int(user_id))


@auth.route("/login", methods=["GET", "POST"])
def login():
    if request.method == "GET":
        return given.login_page()
    name = request.form["username"]
    user = db.session.scalar(db.select(User).filter_by(email=name))
    with vestibule.password_try(name, user) as attempt:
        if not user or not check_password_hash(user.password_hash, request.form["password"]):
            return given.login_page(given.NOT_RIGHT)
        attempt.passed()
    login_user(user)
    session["tenant"] = "acme"
    return redirect(url_for("pages.dashboard"))


@auth.post("/logout")
def logout():
    logout_user()
    return redirect(url_for("auth.login"))


@pages.get("/dashboard")
@login_required
def dashboard():
    return given.dashboard_page(current_user.email, session.get("tenant"))


@pages.post("/leave")
@login_required
@fresh_required()
def leave():
    db.session.delete(db.session.get(User, current_user.id))
    db.session.commit()
    return redirect(url_for("auth.login"))


def create_app():
    app = Flask(__name__)
    app.config.update(
        given.configuration(SQLALCHEMY_DATABASE_URI=given.DATABASE, VESTIBULE_POLICY="off")
    )
    db.init_app(app)
    login_manager.init_app(app)
    vestibule.init_app(app, db)
    migrations.init_app(app, db, directory=str(given.FOLDER / "migrations"))
    app.register_blueprint(auth)
    app.register_blueprint(pages)
    with app.app_context():
        given.once(prepare)
    return app


def prepare():
    upgrade_database(db.engine.url)
    init()
    migrate(message="first")
    upgrade()
    logging.getLogger("alembic").handlers.clear()
    assert inspect(db.engine).has_table("user")
    staff = Role(name="staff")
    db.session.add_all(
        User(email=name, password_hash=given.HASH, role=staff) for name in given.USERS
    )
    db.session.commit()
    db.engine.dispose()
