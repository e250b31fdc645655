"""What the views of the site have in common."""

from flask import current_app, flash, get_flashed_messages
from werkzeug.wrappers import Response

from vestibule import Form, Text
from vestibule.ready_site.extensions import vestibule

Answer = str | Response | tuple[str, int]

SEEN_IN_BREACH = Text(
    "This password was seen in a breach of another site, so attackers try it. "
    "A few words that nobody else would put together make a good one."
)

PASSWORD_NOT_RIGHT = Text("The current password is not right.")


def form_page(template: str, form: Form, **context: object) -> Answer:
    """A page with a form; 422 where something in it is to be put right."""
    return vestibule.render_template(template, form=form, **context), 422 if form.errors else 200


def password_rule() -> Text:
    least = current_app.config["PASSWORD_MINIMUM"]
    return Text("%(count)s or more characters; a few words make a good one.", count=least)


def can_send_links() -> bool:
    """Whether the site knows its own address: a link made of the request's could lead anywhere."""
    return bool(current_app.config["VESTIBULE_BASE_URL"])


def may_change_name() -> bool:
    return bool(current_app.config["CHANGE_NAMES"])


def tell_next(text: Text) -> None:
    """Leave word for the next page, read once."""
    flash(vestibule.say(text))


def told() -> str | None:
    """What was left for this page."""
    left: list[str] = [str(one) for one in get_flashed_messages()]
    return left[-1] if left else None
