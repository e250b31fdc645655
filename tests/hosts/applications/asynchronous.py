"""Views that are coroutines (``flask[async]``)."""

import asyncio

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
from vestibule import Vestibule, fresh_required, second_step_required, upgrade_database

app = Flask(__name__)
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


@app.before_request
async def look_around():
    await asyncio.sleep(0)


@app.route("/login", methods=["GET", "POST"])
async def login():
    if request.method == "GET":
        return given.login_page()
    name = request.form["username"]
    user = db.session.scalar(db.select(User).filter_by(username=name))
    with vestibule.password_try(name, user) as attempt:
        await asyncio.sleep(0.01)
        if user and check_password_hash(user.password_hash, request.form["password"]):
            attempt.passed()
            login_user(user)
            await asyncio.sleep(0.01)
            session["tenant"] = "acme"
            return redirect(url_for("dashboard"))
    return given.login_page(given.NOT_RIGHT)


@app.get("/dashboard")
@login_required
@second_step_required
async def dashboard():
    await asyncio.sleep(0)
    return given.dashboard_page(current_user.username, session.get("tenant"))


@app.post("/logout")
async def logout():
    logout_user()
    return redirect(url_for("login"))


@app.post("/leave")
@fresh_required(minutes=5)
async def leave():
    await asyncio.sleep(0)
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
