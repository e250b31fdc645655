"""What these applications have alike: a place for their data, a user, and two plain pages."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import render_template_string
from werkzeug.security import generate_password_hash

FOLDER = Path(os.environ["HOST_FOLDER"])
PASSWORD = os.environ["HOST_PASSWORD"]
# Cheap: what it costs to guess is not what these applications show.
HASH = generate_password_hash(PASSWORD, method="pbkdf2:sha256:1")
USERS = ("ann", "ben", "cleo")
DATABASE = os.environ.get("HOST_DATABASE") or f"sqlite:///{FOLDER / 'host.db'}"

NOT_RIGHT = "The user name or password is not right."

_LOGIN = """<!doctype html><html lang="en"><title>Sign in</title><h1>Sign in</h1>
<p>{{ error }}</p><form method="post">
{% if token %}<input type="hidden" name="csrf_token" value="{{ token }}">{% endif %}
<label>User name <input name="username"></label>
<label>Password <input type="password" name="password"></label>
<button>Sign in</button></form></html>"""

_DASHBOARD = """<!doctype html><html lang="en"><title>Dashboard</title>
<h1>Welcome, {{ name }}</h1><p>{{ tenant }}</p>
{% for action, word in (("logout", "Sign out"), ("leave", "Delete my account")) %}
<form method="post" action="./{{ action }}">
{% if token %}<input type="hidden" name="csrf_token" value="{{ token }}">{% endif %}
<button>{{ word }}</button></form>{% endfor %}</html>"""


def configuration(**own: Any) -> dict[str, Any]:
    """What the second step needs, and ``own``."""
    return {
        "SECRET_KEY": "the host's own secret key, for tests",
        "VESTIBULE_KEYS": [os.environ["HOST_KEY"]],
        "VESTIBULE_ISSUER": "Acme",
        "VESTIBULE_AFTER_SIGN_IN": "/dashboard",
        "VESTIBULE_HASH_FOLDER": FOLDER,
        "VESTIBULE_POLICY": "required",
        **own,
    }


def login_page(error: str = "", token: str = "") -> tuple[str, int]:
    return render_template_string(_LOGIN, error=error, token=token), 422 if error else 200


def dashboard_page(name: str, tenant: str | None, token: str = "") -> str:
    return render_template_string(_DASHBOARD, name=name, tenant=tenant, token=token)


def once(prepare: Callable[[], object]) -> None:
    """Call it in the first of several workers, while the others wait."""
    with (FOLDER / "prepared").open("a+") as done:
        fcntl.flock(done, fcntl.LOCK_EX)
        if os.fstat(done.fileno()).st_size == 0:
            prepare()
            done.write("yes")
