from wtforms import HiddenField, StringField

from vestibule.web.forms import Form


class SetupForm(Form):
    totp_code = StringField()
    name = StringField()
    next = HiddenField()
    replaces = HiddenField()
