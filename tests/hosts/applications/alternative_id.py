"""UUID keys; ``get_id()`` is another value, and changes with the password."""

import secrets
import uuid

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
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from werkzeug.security import check_password_hash, generate_password_hash

from tests.hosts.applications import given
from vestibule import Vestibule, upgrade_database


class Base(DeclarativeBase):
    pass


app = Flask(__name__)
app.config.update(given.configuration(SQLALCHEMY_DATABASE_URI=given.DATABASE))
db = SQLAlchemy(app, model_class=Base)
login_manager = LoginManager(app)
login_manager.login_view = "login"
vestibule = Vestibule(app, db)


class Member(UserMixin, db.Model):
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    name: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]
    alternative_id: Mapped[str] = mapped_column(default=secrets.token_hex)

    def get_id(self):
        return self.alternative_id


@login_manager.user_loader
def load_user(alternative_id):
    return db.session.scalar(db.select(Member).filter_by(alternative_id=alternative_id))


@app.route("/login", methods=["GET", "POST"])
def login():
    if request.method == "GET":
        return given.login_page()
    name = request.form["username"]
    member = db.session.scalar(db.select(Member).filter_by(name=name))
    with vestibule.password_try(name, member) as attempt:
        if member and check_password_hash(member.password_hash, request.form["password"]):
            attempt.passed()
            login_user(member)
            session["tenant"] = "acme"
            return redirect(url_for("dashboard"))
    return given.login_page(given.NOT_RIGHT)


@app.get("/dashboard")
@login_required
def dashboard():
    return given.dashboard_page(current_user.name, session.get("tenant"))


@app.post("/password")
@login_required
def change_password():
    member = db.session.get(Member, current_user.id)
    member.password_hash = generate_password_hash(request.form["new"], method="pbkdf2:sha256:1")
    member.alternative_id = secrets.token_hex()
    db.session.commit()
    vestibule.password_changed(member)
    return redirect(url_for("dashboard"))


@app.post("/logout")
def logout():
    logout_user()
    return redirect(url_for("login"))


@app.post("/leave")
@login_required
def leave():
    db.session.delete(db.session.get(Member, current_user.id))
    db.session.commit()
    return redirect(url_for("login"))


def prepare():
    with app.app_context():
        upgrade_database(db.engine.url)
        db.create_all()
        db.session.add_all(Member(name=name, password_hash=given.HASH) for name in given.USERS)
        db.session.commit()
        db.engine.dispose()


given.once(prepare)
