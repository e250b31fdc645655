"""The second step inside a layout whose style sheet speaks of bare elements, and of classes with
names as ours.
"""

from dataclasses import dataclass

from flask import Flask, redirect, render_template_string, request, url_for
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user
from jinja2 import DictLoader
from werkzeug.security import check_password_hash

from tests.hosts.applications import given
from vestibule import Vestibule, upgrade_database

OWN = f"sqlite:///{given.FOLDER / 'second-step.db'}"

LAYOUT = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{% block title %}Acme Market{% endblock %}</title>
<link rel="stylesheet" href="{{ url_for('styles') }}">
</head>
<body>
<header><strong>Acme Market</strong> <nav><a href="/">Fruit</a> <a href="/">Bread</a></nav>
<form role="search"><label>Find <input type="search" name="q"></label> <button>Go</button></form>
</header>
<main>
{% block content %}{% endblock %}
</main>
<footer><p class="card">Open every day. <a href="/">Where we are</a></p></footer>
</body>
</html>"""

STYLES = """
*, ::before, ::after { box-sizing: content-box; }
body { margin: 0; background: #fbf6ea; color: #3a2c20; font: 1.0625rem/1.7 Georgia, serif; }
header {
  display: flex; flex-wrap: wrap; gap: 12px 24px; align-items: center; padding: 16px 24px;
  background: #5b2b1e; color: #fff;
}
header strong { font-size: 1.375rem; }
header nav { display: flex; gap: 16px; flex: 1; }
header a { color: #ffe9c9; }
main { padding: 32px 16px; }
footer { padding: 8px 24px; background: #efe4cc; }
h1 { font-size: 3rem; font-weight: 300; text-transform: uppercase; color: #94421f; }
h2 { font-size: 2rem; font-style: italic; }
p { margin: 2em 0; text-indent: 1em; }
a { color: #94421f; text-decoration: none; border-bottom: 1px dotted; }
ul, ol { padding-left: 4em; list-style: square; }
form { margin: 0; padding: 4px; border: 1px dashed #c9a; }
label { display: inline; font-variant: small-caps; }
input {
  width: 9em; padding: 4px; border: 0; border-bottom: 2px solid #94421f; background: #fff;
  font: inherit;
}
button {
  padding: 4px 16px; border: 0; border-radius: 99px; background: #ffd36b; color: #3a2c20;
  box-shadow: 0 2px 0 #a86; text-transform: uppercase;
}
strong { letter-spacing: 0.1em; }
code { display: none; }
details { border: 1px solid; }
svg { opacity: 0.9; }
.card { margin: 0; padding: 8px; text-align: center; }
.card::before { content: "* "; }
.key, .error, .hint { display: none; }
.row, .steps, .field { float: right; width: 100vw; }
.code { font-size: 8px; }
.narrow, .roomy { max-width: 90px; border: 3px solid red; }
"""

app = Flask(__name__)
app.jinja_loader = DictLoader({"layout.html": LAYOUT})
app.config.update(
    given.configuration(VESTIBULE_DATABASE=OWN, VESTIBULE_BASE_TEMPLATE="layout.html")
)
login_manager = LoginManager(app)
login_manager.login_view = "login"
vestibule = Vestibule(app, user_key=lambda user: user.name)


@dataclass
class User(UserMixin):
    name: str

    def get_id(self):
        return self.name


@login_manager.user_loader
def load_user(name):
    return User(name) if name in given.USERS else None


@app.get("/styles.css")
def styles():
    return STYLES, {"Content-Type": "text/css; charset=utf-8"}


@app.route("/login", methods=["GET", "POST"])
def login():
    if request.method == "GET":
        return given.login_page()
    name = request.form["username"]
    user = load_user(name)
    with vestibule.password_try(name, user) as attempt:
        if user and check_password_hash(given.HASH, request.form["password"]):
            attempt.passed()
            login_user(user)
            return redirect(url_for("dashboard"))
    return given.login_page(given.NOT_RIGHT)


@app.get("/dashboard")
@login_required
def dashboard():
    return render_template_string(
        '{% extends "layout.html" %}{% block content %}<h1>Welcome, {{ name }}</h1>{% endblock %}',
        name=current_user.name,
    )


given.once(lambda: upgrade_database(OWN))
