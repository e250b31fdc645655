"""Coming and going: the password is this shop's, the second step is Vestibule's."""

from datetime import timedelta

import click
from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_user, logout_user
from sqlalchemy.exc import IntegrityError
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import Length

from shop.extensions import db, vestibule
from shop.models import User, with_username
from vestibule import Budget, EventKind, Form, check_csrf, safe_next

pages = Blueprint("auth", __name__)

REGISTRATION = Budget(
    kind="shop.registration",
    reason="Accounts made from one address.",
    limit=10,
    window=timedelta(hours=1),
)


def tidy(text: str | None) -> str:
    return (text or "").strip().lower()


class SignInForm(Form):
    username = StringField(filters=[tidy])
    password = PasswordField()
    next = HiddenField()


class RegisterForm(Form):
    username = StringField(filters=[tidy], validators=[Length(3, 80, "Use 3 to 80 characters.")])
    # Where no second step is required, a password stands alone: NIST asks for 15 characters.
    password = PasswordField(validators=[Length(15, 128, "Use 15 to 128 characters.")])


@pages.route("/register", methods=["GET", "POST"])
def register() -> ResponseReturnValue:
    form = RegisterForm()
    if form.validate_on_submit():
        with vestibule.spending((REGISTRATION, None)) as slot:
            password_hash = slot.hash(form.password.data or "")
        user = User(username=form.username.data or "", password_hash=password_hash)
        try:
            db.session.add(user)
            db.session.flush()
            connection = db.session.connection()
            vestibule.record(EventKind.ACCOUNT_CREATED, user, connection=connection)
            db.session.commit()
        except IntegrityError:
            db.session.rollback()
            form.username.errors = ["This user name is taken. Choose another one."]
        else:
            login_user(user)
            return redirect(url_for("account.home"), 303)
    return _page(form, "Create an account")


@pages.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> ResponseReturnValue:
    returning = vestibule.returning()
    name, wanted = returning.name if returning else None, safe_next(request.args.get("next"))
    form = SignInForm(username=name, next=wanted)
    if form.validate_on_submit():
        username, password = form.username.data or "", form.password.data or ""
        user = with_username(username)
        with vestibule.password_try(username, user) as attempt:
            if user:
                db.session.refresh(user)  # a password changed just now counts
            right = attempt.check(user.password_hash if user else None, password)
        if right:
            login_user(user)
            return redirect(safe_next(form.next.data) or url_for("account.home"), 303)
        form.password.errors = ["The user name or password is not right."]
    return _page(form, "Sign in", notice=returning.why if returning else None)


@pages.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    check_csrf(request.form.get("csrf_token"))
    logout_user()
    return redirect(url_for("auth.sign_in"), 303)


@pages.cli.command()
@click.argument("username")
def hire(username: str) -> None:
    """Make an account one of the staff; its sessions without a second step open nothing now."""
    user = with_username(username)
    if user is None:
        raise click.ClickException(f"Nobody is called {username}.")
    user.role = "staff"
    db.session.commit()


def _page(
    form: SignInForm | RegisterForm, title: str, notice: str | None = None
) -> ResponseReturnValue:
    page = render_template("credentials.html", form=form, title=title, notice=notice)
    return page, 422 if form.errors else 200
