"""Keys of two texts (company and name), and Flask-Principal's identity."""

from flask import Flask, current_app, redirect, request, session, url_for
from flask_login import (
    LoginManager,
    UserMixin,
    current_user,
    login_required,
    login_user,
    logout_user,
)
from flask_principal import (
    AnonymousIdentity,
    Identity,
    Permission,
    Principal,
    RoleNeed,
    identity_changed,
    identity_loaded,
)
from flask_sqlalchemy import SQLAlchemy
from werkzeug.security import check_password_hash

from tests.hosts.applications import given
from vestibule import Vestibule, upgrade_database

app = Flask(__name__)
app.config.update(given.configuration(SQLALCHEMY_DATABASE_URI=given.DATABASE))
Principal(app)
db = SQLAlchemy(app)
login_manager = LoginManager(app)
login_manager.login_view = "login"
vestibule = Vestibule(app, db)
member = Permission(RoleNeed("member"))


class User(UserMixin, db.Model):
    company = db.Column(db.String(80), primary_key=True)
    name = db.Column(db.String(80), primary_key=True)
    password_hash = db.Column(db.String(200))

    def get_id(self):
        return f"{self.company}/{self.name}"


@login_manager.user_loader
def load_user(user_id):
    return db.session.get(User, tuple(user_id.split("/")))


@identity_loaded.connect_via(app)
def give_role(_app, identity):
    if identity.id is not None:
        identity.provides.add(RoleNeed("member"))


@app.route("/login", methods=["GET", "POST"])
def login():
    if request.method == "GET":
        return given.login_page()
    name = request.form["username"]
    user = db.session.get(User, ("acme", name))
    with vestibule.password_try(name, user) as attempt:
        if user and check_password_hash(user.password_hash, request.form["password"]):
            attempt.passed()
            login_user(user)
            identity = Identity(user.get_id())
            identity_changed.send(current_app._get_current_object(), identity=identity)
            session["tenant"] = user.company
            return redirect(url_for("dashboard"))
    return given.login_page(given.NOT_RIGHT)


@app.get("/dashboard")
@login_required
@member.require(403)
def dashboard():
    return given.dashboard_page(current_user.name, session.get("tenant"))


@app.post("/logout")
def logout():
    logout_user()
    identity_changed.send(current_app._get_current_object(), identity=AnonymousIdentity())
    return redirect(url_for("login"))


@app.post("/leave")
@login_required
@member.require(403)
def leave():
    db.session.delete(load_user(current_user.get_id()))
    db.session.commit()
    return redirect(url_for("login"))


def prepare():
    with app.app_context():
        upgrade_database(db.engine.url)
        db.create_all()
        db.session.add_all(
            User(company="acme", name=name, password_hash=given.HASH) for name in given.USERS
        )
        db.session.commit()
        db.engine.dispose()


given.once(prepare)
