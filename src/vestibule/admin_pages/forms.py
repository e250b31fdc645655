from wtforms import StringField

from vestibule.web.forms import Form


class ActionForm(Form):
    reason = StringField()
    name = StringField()
