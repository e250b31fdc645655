from flask import Flask, redirect, request, url_for
from flask_login import current_user, login_required, login_user, logout_user
from werkzeug.exceptions import BadRequest

from vestibule import Text, check_csrf, safe_next
from vestibule.ready_site import account_views, email_views, flows, password_views
from vestibule.ready_site.breached_passwords import SeenInBreach
from vestibule.ready_site.extensions import vestibule
from vestibule.ready_site.forms import LoginForm, RegisterForm
from vestibule.ready_site.pages import (
    SEEN_IN_BREACH,
    Answer,
    can_send_links,
    form_page,
    may_change_name,
    password_rule,
    told,
)
from vestibule.ready_site.user_names import NameTaken

_OPEN_TO_STRANGERS_AND_HASH = frozenset({"login", "register"})

NOT_RIGHT = Text("The user name or password is not right.")


def register_views(app: Flask) -> None:
    app.before_request(refuse_what_cannot_be_hashed)
    app.before_request(refuse_repeated_fields)
    app.add_url_rule("/", "index", index)
    app.add_url_rule("/register", "register", register, methods=["GET", "POST"])
    app.add_url_rule("/login", "login", login, methods=["GET", "POST"])
    app.add_url_rule("/logout", "logout", logout, methods=["POST"])
    app.add_url_rule("/dashboard", "dashboard", dashboard)
    password_views.register_views(app)
    email_views.register_views(app)
    account_views.register_views(app)


def refuse_what_cannot_be_hashed() -> None:
    """Before the form is read: a flood of passwords must leave time for other pages."""
    if request.method == "POST" and request.endpoint in _OPEN_TO_STRANGERS_AND_HASH:
        vestibule.refuse_if_busy()


def refuse_repeated_fields() -> None:
    """A field that comes twice is nothing that a page of ours sends: whose value would count?"""
    if request.method == "POST" and any(len(values) > 1 for _, values in request.form.lists()):
        raise BadRequest


def index() -> Answer:
    return vestibule.render_template("index.html")


def register() -> Answer:
    if current_user.is_authenticated:
        return redirect(url_for("dashboard"))
    form = RegisterForm()
    if form.validate_on_submit():
        try:
            account = flows.register(
                form.username.data or "", form.email.data or "", form.password.data or ""
            )
        except NameTaken:
            form.username.errors = [Text("This user name is taken. Choose another one.")]
        except SeenInBreach:
            form.password.errors = [SEEN_IN_BREACH]
        else:
            # The password was typed a moment ago: this is the first step of the first sign-in.
            login_user(account)
            return redirect(url_for("dashboard"), 303)
    return form_page("register.html", form, password_rule=password_rule())


def login() -> Answer:
    wanted = safe_next(request.values.get("next"))
    # Led back from the second step, because it took too long or the account was changed; or by
    # "confirm it's you", which somebody signed in has to pass here once more.
    returning = vestibule.returning()
    if request.method == "GET" and returning is None and current_user.is_authenticated:
        return redirect(wanted or url_for("dashboard"))
    typed = returning.name if returning else request.args.get("username")
    form = LoginForm(next=wanted, username=typed)
    if form.validate_on_submit():
        account = flows.sign_in(form.username.data or "", form.password.data or "")
        if account is not None:
            login_user(account)
            return redirect(wanted or url_for("dashboard"), 303)
        form.password.errors = [NOT_RIGHT]
    elif "csrf_token" in form.errors and current_user.is_authenticated:
        # The form of a second tab, from before the sign-in in the first: nothing is wrong.
        return redirect(wanted or url_for("dashboard"), 303)
    return form_page(
        "login.html",
        form,
        next_url=wanted,
        notice=returning.why if returning else told(),
        can_send_links=can_send_links(),
    )


def logout() -> Answer:
    if current_user.is_authenticated:
        check_csrf(request.form.get("csrf_token"))
    # Else it was done in another tab already, or the session is over or opens nothing any more:
    # nothing is wrong, and what is left of it goes.
    logout_user()
    return redirect(url_for("index"), 303)


@login_required  # type: ignore[untyped-decorator]  # Flask-Login carries no types
def dashboard() -> Answer:
    session = vestibule.this_session()
    return vestibule.render_template(
        "dashboard.html",
        account=current_user._get_current_object(),  # the proxy looks it up at each attribute
        signed_in_at=session.signed_in_at if session else None,
        level=session.level if session else None,
        notice=told(),
        can_send_links=can_send_links(),
        may_change_name=may_change_name(),
    )
