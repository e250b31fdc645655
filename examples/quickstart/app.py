"""A complete site with two-step sign-in, and two pages of your own."""

from flask import render_template_string
from flask_login import current_user, login_required

from vestibule import fresh_required
from vestibule.ready_site.wsgi import app

PAGE = """{% extends "vestibule/base.html" %}
{% block vestibule_title %}{{ title }}{% endblock %}
{% block vestibule_content %}<p>{{ text }}</p>{% endblock %}"""


@app.get("/members")
@login_required  # the password and the code were right
def members():
    return render_template_string(PAGE, title="Members", text=f"Hello, {current_user.username}.")


@app.get("/safe")
@fresh_required(minutes=5)  # and a code once more, if the last one is older
def safe():
    return render_template_string(PAGE, title="Safe", text="Only you, and only now.")
