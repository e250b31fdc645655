"""The options that every command about a site has."""

from collections.abc import Callable
from pathlib import Path

import click


def site_options(command: Callable[..., None]) -> Callable[..., None]:
    """Which site is meant: its instance folder and its database."""
    for option in (
        click.option("--database", metavar="URL", help="Database; by default SQLite in DIR."),
        click.option(
            "--instance",
            type=click.Path(file_okay=False, path_type=Path),
            metavar="DIR",
            help="Folder of the data, the keys and the outbox. By default ./instance.",
        ),
    ):
        command = option(command)
    return command
