"""``vestibule accounts``: of a ready site."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from vestibule import Misconfigured
from vestibule.cli.accounts import add_accounts_commands
from vestibule.cli.site_options import site_options
from vestibule.ready_site.options import StartRefused, read_options
from vestibule.ready_site.start import prepared_site
from vestibule.wiring import Installed


@click.group()
def accounts() -> None:
    """Facts about accounts, and the ways back for somebody who lost the second step."""


@contextmanager
def _open_site(**given: Any) -> Iterator[Installed]:
    os.umask(0o077)
    try:
        site = prepared_site(read_options(given))
    except (StartRefused, Misconfigured) as refusal:
        raise click.ClickException(str(refusal)) from refusal
    installed: Installed = site.extensions["vestibule"]
    try:
        with site.app_context():
            yield installed
    finally:
        installed.runtime.services.database.dispose()


add_accounts_commands(accounts, _open_site, site_options)
