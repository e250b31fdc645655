from wtforms import HiddenField, StringField

from vestibule.web.forms import Form


class ConfirmForm(Form):
    """``kept`` is the POST that waits, sealed; ``next`` the page where none does; ``once``
    the action that was refused last, where it wants a code of its own.
    """

    totp_code = StringField()
    credential = HiddenField()
    next = HiddenField()
    kept = HiddenField()
    once = HiddenField()
