from wtforms import BooleanField, HiddenField

from vestibule.web.forms import Form


class SavedForm(Form):
    """The page that shows the codes carries them along, sealed: the server keeps no copy."""

    saved = BooleanField()
    sheet = HiddenField()
    next = HiddenField()
