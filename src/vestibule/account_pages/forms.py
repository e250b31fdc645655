from wtforms import StringField

from vestibule.web.forms import Form


class NameForm(Form):
    name = StringField()


class AddressForm(Form):
    email = StringField()
