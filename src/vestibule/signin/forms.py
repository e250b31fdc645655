from wtforms import BooleanField, StringField

from vestibule.web.forms import Form


class CodeForm(Form):
    totp_code = StringField()
    trust_browser = BooleanField()


class BackupCodeForm(Form):
    backup_code = StringField()
