from wtforms import StringField

from vestibule.web.forms import Form


class CodeForm(Form):
    totp_code = StringField()


class BackupCodeForm(Form):
    backup_code = StringField()
