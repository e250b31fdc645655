"""``vestibule run``: from nothing to a site that answers."""

import os
import sys
from typing import Any

import click
from werkzeug.serving import is_running_from_reloader

from vestibule.cli.helping import CommandWithExamples, examples
from vestibule.cli.listening import listen
from vestibule.cli.logging_setup import set_up_logging
from vestibule.cli.refusing import refusals_as_sentences
from vestibule.cli.serving import serve, serve_while_developing
from vestibule.cli.site_options import site_options
from vestibule.host.rules import load_all
from vestibule.notices.transports import MailServer, transport_of
from vestibule.ready_site.instance import OUTBOX
from vestibule.ready_site.key_file import KEY_FILE
from vestibule.ready_site.operations.metrics import gather_in
from vestibule.ready_site.options import Options, read_options, url_of
from vestibule.ready_site.start import prepared_site


@click.command(cls=CommandWithExamples)
@click.option("--port", type=int, help="Port to listen on. By default 8000; 0: a free one.")
@click.option("--host", help="Address to listen on. By default 127.0.0.1.")
@site_options
@click.option("--workers", type=int, help="Processes. By default one per core, on SQLite up to 4.")
@click.option("--threads", type=int, help="Threads of each process. By default 8.")
@click.option("--log", metavar="FORM", help="The log: lines (the default), json, or errors alone.")
@click.option("--dev", is_flag=True, help="Flask's development server; restarts on changes.")
@refusals_as_sentences
@examples("", "--port 9000 --instance /var/lib/acme", "--dev")
def run(*, dev: bool, **given: Any) -> None:
    """Start the site; the first start makes everything it needs.

    Every option is also a variable of the environment (VESTIBULE_PORT) and a key of config.toml in
    the instance folder (port = 8000); the option wins, then the environment.
    """
    options = read_options(given)
    set_up_logging(options)
    os.umask(0o077)  # what this process makes is nobody else's to read, SQLite's files too
    if dev:
        if not is_running_from_reloader():  # whose parent listens already
            listen(options.host, options.port).close()
        serve_while_developing(prepared_site(options.knowing_itself(options.port)), options)
        return
    # First of all: a taken port must not leave a half-made instance behind.
    with listen(options.host, options.port) as socket:
        port: int = socket.getsockname()[1]
        options = options.knowing_itself(port)
        if options.metrics_token:
            gather_in(options.instance)
        site = prepared_site(options)
        load_all()
        # Until the server has a handler of its own, Ctrl-C means the same as after that.
        try:
            _announce(options, port)
            serve(site, socket, options)
        except KeyboardInterrupt:
            sys.exit(0)


def _announce(options: Options, port: int) -> None:
    click.echo(
        f"Vestibule listens on {url_of(options.host, port)} (Ctrl-C ends it)\n"
        f"  Data: {options.shown_database}\n"
        f"  Keys: {_where_keys_are(options)}\n"
        f"  Mail: {_where_mails_go(options)}"
    )
    if not options.base_url:
        click.echo(
            "Warning: other machines can reach this site over plain http, so passwords and codes "
            "can be read on the way. Put a proxy with https in front and set VESTIBULE_BASE_URL "
            "and VESTIBULE_PROXIES.",
            err=True,
        )


def _where_keys_are(options: Options) -> str:
    path = options.instance / KEY_FILE
    return f"{path} (back it up apart from the data)" if path.exists() else "in the environment"


def _where_mails_go(options: Options) -> str:
    given = str(options.others.get("mail", ""))
    transport = transport_of(given) if given else None
    if isinstance(transport, MailServer):
        return f"{transport.host}, port {transport.port}"
    folder = transport.path if transport else options.instance / OUTBOX
    return f"{folder} (a file each; no mail server is configured)"
