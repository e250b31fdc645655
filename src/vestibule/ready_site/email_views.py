"""Confirming the e-mail address of an account."""

from flask import Flask, make_response, redirect, request, url_for
from flask_login import current_user, login_required
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from vestibule import Form, LinkRefused, Purpose, Text, check_csrf
from vestibule.ready_site.confirming_email import ConfirmedElsewhere, confirm_email, send_link
from vestibule.ready_site.extensions import vestibule
from vestibule.ready_site.pages import Answer, can_send_links, form_page, tell_next


def register_views(app: Flask) -> None:
    app.add_url_rule("/confirm-email", "confirm_email", confirm, methods=["GET", "POST"])
    app.add_url_rule("/confirm-email/send", "send_confirm_email", send, methods=["POST"])


@login_required  # type: ignore[untyped-decorator]  # Flask-Login carries no types
def send() -> Response:
    check_csrf(request.form.get("csrf_token"))
    if not can_send_links():
        raise NotFound
    account = current_user._get_current_object()
    send_link(account)
    tell_next(
        Text("A mail with a link is on its way to %(email)s. Open it there.", email=account.email)
    )
    return redirect(url_for("dashboard"), 303)


def confirm() -> Response:
    answer = vestibule.open_link(Purpose.EMAIL) or make_response(_confirm())
    # Nothing that is opened from here hears where it was opened (REC-6).
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


@login_required  # type: ignore[untyped-decorator]
def _confirm() -> Answer:
    account, form = current_user._get_current_object(), Form()
    try:
        link = vestibule.held_link(Purpose.EMAIL)
        if link.user_id != account.id:
            return vestibule.render_template("link_of_another.html", account=account), 409
        if form.validate_on_submit():
            confirm_email(link, account)
            tell_next(Text("Your e-mail address is confirmed."))
            return redirect(url_for("dashboard"), 303)
    except LinkRefused:
        return vestibule.render_template("link_over.html", again="dashboard"), 410
    except ConfirmedElsewhere:
        form.form_errors.append(Text("This address is confirmed for another account already."))
    return form_page("confirm_email.html", form, account=account)
