from wtforms import HiddenField, StringField

from vestibule.web.forms import Form


class SetupForm(Form):
    """``credential`` is what the browser answered."""

    name = StringField()
    credential = HiddenField()
    next = HiddenField()


class SigninForm(Form):
    credential = HiddenField()
    next = HiddenField()
