"""Posting a mail of the site."""

from contextlib import AbstractContextManager

from flask import current_app

from vestibule.ready_site.extensions import vestibule
from vestibule.ready_site.notices import Mail
from vestibule.ready_site.outbox import Outbox


def posting(mail: Mail, *, to: str) -> AbstractContextManager[None]:
    """Post a mail if the block ends well. Raises ``Unavailable``."""
    outbox: Outbox = current_app.extensions["outbox"]
    # The address is never from the request: its Host header is a stranger's to choose.
    parts = [*map(vestibule.say, mail.text), current_app.config["VESTIBULE_BASE_URL"]]
    text = "\n\n".join(filter(None, parts)) + "\n"
    return outbox.posting(to=to, subject=vestibule.say(mail.subject), text=text)
