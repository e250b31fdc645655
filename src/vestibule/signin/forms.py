from wtforms import BooleanField, HiddenField, StringField

from vestibule.web.forms import Form


class CodeForm(Form):
    totp_code = StringField()
    trust_browser = BooleanField()


class BackupCodeForm(Form):
    backup_code = StringField()


class ConfirmForm(Form):
    totp_code = StringField()
    next = HiddenField()
