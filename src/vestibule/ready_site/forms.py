from typing import Any

from flask import current_app
from wtforms import HiddenField, PasswordField, StringField, ValidationError

from vestibule import Form, Text
from vestibule.ready_site.name_rules import (
    email_key,
    email_problem,
    name_key,
    user_name_problem,
)
from vestibule.ready_site.password_rules import MAXIMUM, problem
from vestibule.ready_site.people import Person


def _stripped(text: str | None) -> str:
    return (text or "").strip()


class RegisterForm(Form):
    username = StringField(filters=[_stripped])
    email = StringField(filters=[_stripped])
    password = PasswordField()

    def validate_username(self, field: Any) -> None:
        _refuse_if(user_name_problem(field.data))

    def validate_email(self, field: Any) -> None:
        _refuse_if(email_problem(field.data))

    def validate_password(self, field: Any) -> None:
        _judge(field, self.username.data or "", self.email.data or "")


class ChangePasswordForm(Form):
    current_password = PasswordField()
    password = PasswordField()

    def __init__(self, account: Person) -> None:
        super().__init__()
        self._account = account

    def validate_current_password(self, field: Any) -> None:
        _refuse_empty_or_too_long(field, Text("Enter your current password."))

    def validate_password(self, field: Any) -> None:
        _judge(field, self._account.username, self._account.email)


class ChangeEmailForm(Form):
    email = StringField(filters=[_stripped])
    current_password = PasswordField()

    def __init__(self, account: Person) -> None:
        super().__init__()
        self._account = account

    def validate_email(self, field: Any) -> None:
        _refuse_if(email_problem(field.data))
        if email_key(field.data) == email_key(self._account.email):
            raise ValidationError(Text("This is the address of your account already."))

    def validate_current_password(self, field: Any) -> None:
        _refuse_empty_or_too_long(field, Text("Enter your current password."))


class ChangeNameForm(Form):
    username = StringField(filters=[_stripped])

    def __init__(self, account: Person) -> None:
        super().__init__()
        self._account = account

    def validate_username(self, field: Any) -> None:
        _refuse_if(user_name_problem(field.data))
        if field.data == self._account.username:
            raise ValidationError(Text("This is the name of your account already."))


class CloseAccountForm(Form):
    username = StringField(filters=[_stripped])
    current_password = PasswordField()

    def __init__(self, account: Person) -> None:
        super().__init__()
        self._account = account

    def validate_username(self, field: Any) -> None:
        if name_key(field.data) != name_key(self._account.username):
            raise ValidationError(
                Text("Type the user name of this account: %(name)s.", name=self._account.username)
            )

    def validate_current_password(self, field: Any) -> None:
        _refuse_empty_or_too_long(field, Text("Enter your current password."))


class ForgottenPasswordForm(Form):
    email = StringField(filters=[_stripped])

    def validate_email(self, field: Any) -> None:
        _refuse_if(email_problem(field.data))


class NewPasswordForm(Form):
    password = PasswordField()

    def __init__(self, account: Person) -> None:
        super().__init__()
        self._account = account

    def validate_password(self, field: Any) -> None:
        _judge(field, self._account.username, self._account.email)


class LoginForm(Form):
    username = StringField(filters=[_stripped])
    password = PasswordField()
    next = HiddenField()

    def validate_username(self, field: Any) -> None:
        if not field.data:
            raise ValidationError(Text("Enter your user name or e-mail address."))

    def validate_password(self, field: Any) -> None:
        _refuse_empty_or_too_long(field, Text("Enter your password."))


def _judge(field: Any, username: str, email: str) -> None:
    """A new password, wherever it is chosen: the same rules."""
    config = current_app.config
    context = (config["VESTIBULE_ISSUER"], config["SITE_HOST"], username, email)
    _refuse_if(problem(field.data or "", minimum=config["PASSWORD_MINIMUM"], context=context))


def _refuse_empty_or_too_long(field: Any, if_empty: Text) -> None:
    if not field.data:
        raise ValidationError(if_empty)
    # Before any hashing, and before it is normalised, which takes a while too (PW-4).
    if len(field.data) > MAXIMUM:
        raise ValidationError(
            Text("A password has at most %(most)s characters.", most=f"{MAXIMUM:,}")
        )


def _refuse_if(reason: Text | None) -> None:
    if reason:
        raise ValidationError(reason)
