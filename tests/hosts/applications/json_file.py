"""Users in a JSON file, no SQL at all; the second step has a database of its own."""

import fcntl
import json
from contextlib import contextmanager
from dataclasses import dataclass

from flask import Flask, redirect, request, session, url_for
from flask_login import (
    LoginManager,
    UserMixin,
    current_user,
    login_required,
    login_user,
    logout_user,
)
from werkzeug.security import check_password_hash

from tests.hosts.applications import given
from vestibule import Vestibule, upgrade_database

FILE = given.FOLDER / "users.json"
OWN = f"sqlite:///{given.FOLDER / 'second-step.db'}"
app = Flask(__name__)
app.config.update(given.configuration(VESTIBULE_DATABASE=OWN))
login_manager = LoginManager(app)
login_manager.login_view = "login"
vestibule = Vestibule(app, user_key=lambda user: user.name)


@dataclass
class User(UserMixin):
    name: str
    password_hash: str

    def get_id(self):
        return self.name


@contextmanager
def users():
    """The users by name; what is changed in the block is written."""
    with FILE.open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        found = json.loads(file.read() or "{}")
        before = dict(found)
        yield found
        if found != before:
            file.truncate(0)
            file.write(json.dumps(found))


@login_manager.user_loader
def load_user(name):
    with users() as found:
        return User(name, found[name]) if name in found else None


@app.route("/login", methods=["GET", "POST"])
def login():
    if request.method == "GET":
        return given.login_page()
    name = request.form["username"]
    user = load_user(name)
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
    return given.dashboard_page(current_user.name, session.get("tenant"))


@app.post("/logout")
def logout():
    logout_user()
    return redirect(url_for("login"))


@app.post("/leave")
@login_required
def leave():
    with users() as found:
        del found[current_user.name]
    vestibule.forget(current_user)
    return redirect(url_for("login"))


def prepare():
    upgrade_database(OWN)
    with users() as found:
        found.update(dict.fromkeys(given.USERS, given.HASH))


given.once(prepare)
