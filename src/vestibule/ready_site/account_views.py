"""Another e-mail address, another user name, and closing the account."""

from flask import Flask, make_response, redirect, url_for
from flask_login import current_user, login_required, logout_user
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from vestibule import (
    Form,
    LastAdministrator,
    LinkRefused,
    Purpose,
    SessionOver,
    Text,
    fresh_required,
)
from vestibule.ready_site.changing_email import ask_for_change, confirm_change
from vestibule.ready_site.closing import close_account
from vestibule.ready_site.confirming_email import ConfirmedElsewhere
from vestibule.ready_site.current_password import NotRight
from vestibule.ready_site.extensions import vestibule
from vestibule.ready_site.forms import ChangeEmailForm, ChangeNameForm, CloseAccountForm
from vestibule.ready_site.pages import (
    PASSWORD_NOT_RIGHT,
    Answer,
    can_send_links,
    form_page,
    may_change_name,
    tell_next,
)
from vestibule.ready_site.people import Person
from vestibule.ready_site.user_names import NameTaken, change_name

THE_LAST_ONE = Text(
    "You are the only administrator. Make somebody else one first: vestibule accounts create-admin"
)


def register_views(app: Flask) -> None:
    both = ["GET", "POST"]
    app.add_url_rule("/security/email", "change_email", email, methods=both)
    app.add_url_rule("/security/email/confirm", "confirm_new_email", new_email, methods=both)
    app.add_url_rule("/security/name", "change_name", name, methods=both)
    app.add_url_rule("/security/close", "close_account", close, methods=both)


@login_required  # type: ignore[untyped-decorator]  # Flask-Login carries no types
@fresh_required(reason=Text("You are about to change your e-mail address."))
def email() -> Answer:
    if not can_send_links():
        raise NotFound
    account = _account()
    form = ChangeEmailForm(account)
    if form.validate_on_submit():
        wanted = form.email.data or ""
        try:
            ask_for_change(account, form.current_password.data or "", wanted)
        except NotRight:
            form.current_password.errors = [PASSWORD_NOT_RIGHT]
        except SessionOver:
            return _signed_out()
        else:
            # The same page whoever has that address (P8).
            return vestibule.render_template(
                "change_email_sent.html", email=wanted, account=account
            )
    return form_page("change_email.html", form, account=account)


def new_email() -> Response:
    answer = vestibule.open_link(Purpose.NEW_EMAIL) or make_response(_new_email())
    # Nothing that is opened from here hears where it was opened (REC-6).
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


@login_required  # type: ignore[untyped-decorator]
def _new_email() -> Answer:
    account, form = _account(), Form()
    try:
        link = vestibule.held_link(Purpose.NEW_EMAIL)
        if link.user_id != account.id:
            return vestibule.render_template("link_of_another.html", account=account), 409
        if form.validate_on_submit():
            confirm_change(link, account)
            tell_next(Text("Your e-mail address is changed. Everywhere else you are signed out."))
            return redirect(url_for("dashboard"), 303)
    except LinkRefused:
        return vestibule.render_template("link_over.html", again="change_email"), 410
    except ConfirmedElsewhere:
        form.form_errors.append(Text("This address is confirmed for another account already."))
    except SessionOver:
        return _signed_out()
    return form_page("confirm_new_email.html", form, account=account, email=link.about)


@login_required  # type: ignore[untyped-decorator]
@fresh_required(reason=Text("You are about to change your user name."))
def name() -> Answer:
    if not may_change_name():
        raise NotFound
    account = _account()
    form = ChangeNameForm(account)
    if form.validate_on_submit():
        try:
            change_name(account, form.username.data or "")
        except NameTaken:
            form.username.errors = [Text("This user name is taken. Choose another one.")]
        except SessionOver:
            return _signed_out()
        else:
            tell_next(Text("Your user name is changed."))
            return redirect(url_for("dashboard"), 303)
    return form_page("change_name.html", form, account=account)


@login_required  # type: ignore[untyped-decorator]
@fresh_required(reason=Text("You are about to close your account."))
def close() -> Answer:
    account = _account()
    form = CloseAccountForm(account)
    if form.validate_on_submit():
        try:
            close_account(account, form.current_password.data or "")
        except NotRight:
            form.current_password.errors = [PASSWORD_NOT_RIGHT]
        except LastAdministrator:
            form.username.errors = [THE_LAST_ONE]
        except SessionOver:
            return _signed_out()
        else:
            logout_user()
            return make_response(vestibule.render_template("closed.html"))
    return form_page("close_account.html", form, account=account)


def _account() -> Person:
    found: Person = current_user._get_current_object()
    return found


def _signed_out() -> Response:
    # From elsewhere, while this was on its way: nothing was changed.
    return redirect(url_for("login"), 303)
