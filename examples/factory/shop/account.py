"""What everybody who has an account sees."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_required

from shop.extensions import vestibule

pages = Blueprint("account", __name__)


@pages.get("/")
def index() -> ResponseReturnValue:
    return redirect(url_for("account.home"))


@pages.get("/account")
@login_required
def home() -> ResponseReturnValue:
    return render_template("account.html", signin=vestibule.this_session())
