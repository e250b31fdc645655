from wtforms import BooleanField, HiddenField, StringField

from vestibule.web.forms import Form


class CodeForm(Form):
    """``credential`` is what a passkey answered, in place of a code."""

    totp_code = StringField()
    credential = HiddenField()
    trust_browser = BooleanField()


class BackupCodeForm(Form):
    backup_code = StringField()
