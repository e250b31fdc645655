"""The base of every form: WTForms, with our own CSRF check in it."""

from typing import Any

import wtforms
from flask import request
from wtforms.csrf.core import CSRF, CSRFTokenField

from vestibule.texts import Text
from vestibule.web.csrf import CsrfRefused, check_csrf, csrf_token

TOO_OLD = Text("This page was open for a long time. Nothing was changed. Send the form once more.")


class _TokenField(CSRFTokenField):
    """WTForms makes a token for every form; one that only came in needs none."""

    def process(self, *args: Any, **kwargs: Any) -> None:
        super(CSRFTokenField, self).process(*args, **kwargs)

    def _value(self) -> str:
        return csrf_token()


class _OwnCsrf(CSRF):
    field_class = _TokenField

    def generate_csrf_token(self, csrf_token_field: Any) -> str:  # noqa: ARG002 - WTForms' signature
        return csrf_token()

    def validate_csrf_token(self, form: Any, field: Any) -> None:  # noqa: ARG002
        try:
            check_csrf(field.data)
        except CsrfRefused:
            raise wtforms.ValidationError(TOO_OLD) from None


class Form(wtforms.Form):
    """A form that reads the request it belongs to and checks its own CSRF token."""

    class Meta:
        csrf = True
        csrf_class = _OwnCsrf

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("formdata", request.form if request.method == "POST" else None)
        super().__init__(**kwargs)

    def validate_on_submit(self) -> bool:
        """Whether this is a POST whose every field is in order."""
        return request.method == "POST" and self.validate()
