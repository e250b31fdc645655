"""One page whose script signs in by JSON and follows the problem document to the second step."""

from flask import Flask, jsonify, redirect, request, session, url_for
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

app = Flask(__name__)
app.config.update(given.configuration(SQLALCHEMY_DATABASE_URI=given.DATABASE))
db = SQLAlchemy(app)
login_manager = LoginManager(app)
vestibule = Vestibule(app, db)

PAGE = """<!doctype html><html lang="en"><title>Acme</title><link rel="icon" href="data:,">
<h1>Sign in</h1><p id="said"></p>
<label>User name <input id="username"></label>
<label>Password <input id="password" type="password"></label><button id="enter">Sign in</button>
<script>
document.getElementById("enter").onclick = async () => {
  const [username, password] = ["username", "password"].map(
    (name) => document.getElementById(name).value);
  const answer = await fetch("/login", {
    method: "POST",
    headers: {"Content-Type": "application/json"},
    body: JSON.stringify({username, password}),
  });
  const said = await answer.json();
  if (said.second_step) location = said.second_step;
  else document.getElementById("said").textContent = said.error;
};
</script></html>"""


class User(UserMixin, db.Model):
    id = db.Column(db.Integer, primary_key=True)
    username = db.Column(db.String(80), unique=True)
    password_hash = db.Column(db.String(200))


@login_manager.user_loader
def load_user(user_id):
    return db.session.get(User, int(user_id))


@login_manager.unauthorized_handler
def unauthorized():
    return jsonify(error="Sign in first."), 401


@app.get("/login")
def page():
    return PAGE


@app.post("/login")
def login():
    name = request.json["username"]
    user = db.session.scalar(db.select(User).filter_by(username=name))
    with vestibule.password_try(name, user) as attempt:
        if user and check_password_hash(user.password_hash, request.json["password"]):
            attempt.passed()
            login_user(user)
            session["tenant"] = "acme"
            return jsonify(name=user.username)
    return jsonify(error=given.NOT_RIGHT), 422


@app.get("/dashboard")
@login_required
def dashboard():
    return given.dashboard_page(current_user.username, session.get("tenant"))


@app.post("/logout")
def logout():
    logout_user()
    return redirect(url_for("page"))


@app.post("/leave")
@login_required
def leave():
    db.session.delete(db.session.get(User, current_user.id))
    db.session.commit()
    return redirect(url_for("page"))


def prepare():
    with app.app_context():
        upgrade_database(db.engine.url)
        db.create_all()
        db.session.add_all(User(username=name, password_hash=given.HASH) for name in given.USERS)
        db.session.commit()
        db.engine.dispose()


given.once(prepare)
