"""Sending what waits in the outbox, once or until somebody ends it."""

import json
import time
from collections.abc import Callable

import click

from vestibule.foundation.database import Unavailable
from vestibule.notices.sending import Round

LOOKS_EVERY = 10.0
"""Seconds between two looks with ``--watch``."""

watch_option = click.option(
    "--watch", is_flag=True, help="Stay, and look every 10 seconds for what is due."
)


def send_mail(send: Callable[[], Round], *, watch: bool, as_json: bool) -> bool:
    """Whether everything that was due was sent; with ``watch`` it goes on until Ctrl-C."""
    while True:
        try:
            done = send()
        except Unavailable as error:
            click.echo(f"database: {error}", err=True)
            done = Round(failed=1)
        if not watch or done.sent or done.failed:
            told = {"sent": done.sent, "failed": done.failed}
            words = f"Sent: {done.sent}. To be tried again: {done.failed}."
            click.echo(json.dumps(told) if as_json else words)
        if not watch:
            return not done.failed
        time.sleep(LOOKS_EVERY)
