from vestibule.web.forms import Form


class NotMeForm(Form):
    """Nothing but the token of its own page."""
