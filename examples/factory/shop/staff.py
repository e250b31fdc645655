"""What only the staff sees."""

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from vestibule import fresh_required, second_step_required

pages = Blueprint("staff", __name__, url_prefix="/staff")


@pages.before_request
def only_staff() -> None:
    if current_user.is_authenticated and current_user.role != "staff":
        abort(403)


@pages.get("/orders")
@second_step_required
def orders() -> ResponseReturnValue:
    return render_template("staff.html", title="Orders")


@pages.get("/payout")
@fresh_required(minutes=5)
def payout() -> ResponseReturnValue:
    return render_template("staff.html", title="Payout")
