"""A new password, and how to come by one without the old."""

from flask import (
    Flask,
    make_response,
    redirect,
    url_for,
)
from flask_login import current_user, login_required, logout_user
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from vestibule import Link, LinkRefused, Purpose, SessionOver, Text, fresh_required
from vestibule.ready_site.breached_passwords import SeenInBreach, refuse_breached
from vestibule.ready_site.current_password import NotRight
from vestibule.ready_site.extensions import vestibule
from vestibule.ready_site.forms import ChangePasswordForm, ForgottenPasswordForm, NewPasswordForm
from vestibule.ready_site.new_passwords import (
    ask_for_link,
    change_password,
    set_new_password,
)
from vestibule.ready_site.pages import (
    PASSWORD_NOT_RIGHT,
    SEEN_IN_BREACH,
    Answer,
    can_send_links,
    form_page,
    password_rule,
    tell_next,
)
from vestibule.ready_site.people import Person, load_account


def register_views(app: Flask) -> None:
    both = ["GET", "POST"]
    app.add_url_rule("/security/password", "change_password", change, methods=both)
    app.add_url_rule("/.well-known/change-password", "well_known_change_password", well_known)
    app.add_url_rule("/forgot-password", "forgot_password", forgot, methods=both)
    app.add_url_rule("/reset-password", "reset_password", reset, methods=both)


@login_required  # type: ignore[untyped-decorator]  # Flask-Login carries no types
@fresh_required()
def change() -> Answer:
    account = current_user._get_current_object()
    form = ChangePasswordForm(account)
    if form.validate_on_submit():
        try:
            change_password(account, form.current_password.data or "", form.password.data or "")
        except NotRight:
            form.current_password.errors = [PASSWORD_NOT_RIGHT]
        except SeenInBreach:
            form.password.errors = [SEEN_IN_BREACH]
        except SessionOver:
            # Ended from elsewhere while the password was hashed; nothing was changed.
            return redirect(url_for("login"), 303)
        else:
            tell_next(Text("Your password is changed. Everywhere else you are signed out."))
            return redirect(url_for("dashboard"), 303)
    return form_page(
        "change_password.html", form, username=account.username, password_rule=password_rule()
    )


def well_known() -> Response:
    """Where password managers lead people (W3C "A Well-Known URL for Changing Passwords")."""
    return redirect(url_for("change_password"))


def forgot() -> Response:
    if not can_send_links():
        raise NotFound
    form = ForgottenPasswordForm()
    if not form.validate_on_submit():
        return make_response(form_page("forgot_password.html", form))
    # The same work and the same page whatever was typed (P8).
    ask_for_link(form.email.data or "")
    return make_response(
        vestibule.render_template("forgot_password_sent.html", email=form.email.data)
    )


def reset() -> Response:
    answer = vestibule.open_link(Purpose.PASSWORD) or _reset()
    # Nothing that is opened from here hears where it was opened (REC-6).
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


def _reset() -> Response:
    try:
        link = vestibule.held_link(Purpose.PASSWORD)
        account = load_account(link.user_id)
        if account is None:
            return _works_no_more()
        form = NewPasswordForm(account)
        if form.validate_on_submit() and _is_set(link, account, form):
            tell_next(Text("Your password is changed. Sign in with it."))
            return redirect(url_for("login", username=account.username), 303)
    except LinkRefused:
        return _works_no_more()
    return make_response(
        form_page(
            "reset_password.html", form, username=account.username, password_rule=password_rule()
        )
    )


def _is_set(link: Link, account: Person, form: NewPasswordForm) -> bool:
    new = form.password.data or ""
    try:
        refuse_breached(new)
    except SeenInBreach:
        form.password.errors = [SEEN_IN_BREACH]
        return False
    if current_user.is_authenticated:
        # Whoever that is: what follows is a sign-in with the new password.
        logout_user()
    set_new_password(link, account, new)
    return True


def _works_no_more() -> Response:
    return make_response(vestibule.render_template("link_over.html", again="forgot_password"), 410)
