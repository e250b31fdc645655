"""``vestibule db``: the tables of a ready site, the extension's and its own."""

import os
from functools import partial
from pathlib import Path
from typing import Any

import click
from sqlalchemy import make_url

from vestibule.cli.db_commands import Revisions, Tables, add_db_commands
from vestibule.cli.helping import SiteGroup
from vestibule.cli.refusing import refusals_as_sentences
from vestibule.cli.site_options import site_options
from vestibule.migrations import revisions
from vestibule.ready_site.key_file import KEY_FILE
from vestibule.ready_site.options import Options, StartRefused, read_options
from vestibule.ready_site.start import prepare


@click.group(cls=SiteGroup)
def db() -> None:
    """The tables in the database, and their revisions."""


def is_there(options: Options) -> bool:
    """Whether a site was started here before, or made by `init`."""
    if not options.is_sqlite:
        return options.instance.exists()
    return (options.instance / KEY_FILE).exists() or has_database(options)


def has_database(options: Options) -> bool:
    """Whether there is one to ask. SQLite would make an empty file where it is asked for one."""
    return not options.is_sqlite or Path(make_url(options.database).database or "").exists()


def refuse_where_there_is_none(options: Options) -> None:
    """Raises ``StartRefused``: a mistyped folder would else become a new, empty site."""
    from_environment = options.others.get("secret_key") and options.others.get("keys")
    if not is_there(options) and not from_environment:
        raise StartRefused(
            f"There is no site in {options.instance}. See --instance; a new one: vestibule init"
        )


def site_revisions(options: Options) -> Revisions:
    """Raises ``Unavailable``, and ``StartRefused`` where there is no database yet."""
    if not has_database(options):
        raise StartRefused(
            f"There is no database {options.shown_database} yet. Fix: vestibule db upgrade"
        )
    own = {"location": "vestibule:ready_site/migrations", "version_table": "ready_site_version"}
    return {"vestibule": revisions(options.database), "site": revisions(options.database, **own)}


def _tables(**given: Any) -> Tables:
    os.umask(0o077)
    options = read_options(given)
    return Tables(
        lambda told: prepare(options, told),
        partial(site_revisions, options),
    )


add_db_commands(db, _tables, site_options, refusals_as_sentences)
