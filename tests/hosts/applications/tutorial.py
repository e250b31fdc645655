"""One file, Flask-SQLAlchemy, integer keys: as tutorials show it."""

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
from werkzeug.security import check_password_hash

from tests.hosts.applications import given
from vestibule import Vestibule, upgrade_database

app = Flask(__name__, instance_path=str(given.FOLDER))
app.config.update(given.configuration(SQLALCHEMY_DATABASE_URI=given.DATABASE))
db = SQLAlchemy(app)
login_manager = LoginManager(app)
login_manager.login_view = "login"
vestibule = Vestibule(app, db)


class User(UserMixin, db.Model):
    id = db.Column(db.Integer, primary_key=True)
    username = db.Column(db.String(80), unique=True)
    password_hash = db.Column(db.String(200))


@login_manager.user_loader
def load_user(user_id):
    return db.session.get(User, int(user_id))


@app.route("/login", methods=["GET", "POST"])
def login():
    if request.method == "GET":
        return given.login_page()
    name = request.form["username"]
    user = db.session.scalar(db.select(User).filter_by(username=name))
    with vestibule.password_try(name, user) as attempt:
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


def prepare():
    with app.app_context():
        upgrade_database(db.engine.url)
        db.create_all()
        db.session.add_all(User(username=name, password_hash=given.HASH) for name in given.USERS)
        db.session.commit()
        db.engine.dispose()


given.once(prepare)
