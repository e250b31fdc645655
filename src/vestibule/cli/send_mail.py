"""``vestibule send-mail``: the mails of a ready site."""

import os
import sys
from typing import Any

import click

from vestibule.cli.helping import CommandWithExamples, examples, json_option
from vestibule.cli.refusing import refusals_as_sentences
from vestibule.cli.sending import send_mail, watch_option
from vestibule.cli.site_db import refuse_where_there_is_none
from vestibule.cli.site_options import site_options
from vestibule.ready_site.options import read_options
from vestibule.ready_site.start import prepared_site


@click.command("send-mail", cls=CommandWithExamples)
@watch_option
@json_option
@site_options
@refusals_as_sentences
@examples("", "--watch", "--json")
def send_mail_of_site(*, watch: bool, as_json: bool, **given: Any) -> None:
    """Send the mails that wait in the outbox. A running site does so by itself.

    Ends with exit code 1 where something has to be tried again.
    """
    os.umask(0o077)
    options = read_options(given)
    refuse_where_there_is_none(options)
    installed = prepared_site(options).extensions["vestibule"]
    try:
        sys.exit(0 if send_mail(installed.send_notices, watch=watch, as_json=as_json) else 1)
    except KeyboardInterrupt:
        sys.exit(0)
    finally:
        installed.runtime.services.database.dispose()
