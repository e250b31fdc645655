from vestibule.web.forms import Form


class RecoveryForm(Form):
    """Nothing but the token of its own page: each form of a recovery is one button."""
