"""``db``: the tables of a host's Vestibule or of a ready site, and their revisions."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import click

from vestibule.cli.helping import examples, json_option, program
from vestibule.cli.moving_place import Command
from vestibule.foundation.database import Unavailable
from vestibule.migrations import DatabaseIsNewer

Revisions = Mapping[str, tuple[str | None, str]]
"""By whose tables they are: the revision that is there, and the newest one."""


@dataclass(frozen=True)
class Tables:
    upgrade: Callable[[], object]
    revisions: Callable[[], Revisions]


def add_db_commands(
    group: click.Group,
    tables_of: Callable[..., Tables],
    options: Callable[[Command], Command],
    refusing: Callable[[Command], Command],
) -> None:
    """Add the commands; ``options`` tell ``tables_of`` which database is meant."""

    @group.command()
    @options
    @refusing
    @examples("")
    def upgrade(**given: Any) -> None:
        """Make the tables, or bring them to this version."""
        try:
            tables_of(**given).upgrade()
        except (DatabaseIsNewer, Unavailable, ValueError) as error:
            raise click.ClickException(str(error)) from error
        click.echo("The tables are those of this version.")

    @group.command()
    @json_option
    @options
    @refusing
    @examples("", "--json")
    def current(*, as_json: bool, **given: Any) -> None:
        """Show the revision of the tables, and the newest one."""
        found = _revisions(tables_of(**given))
        if as_json:
            told = {name: {"have": have, "newest": new} for name, (have, new) in found.items()}
            click.echo(json.dumps(told, indent=2))
            return
        for name, (have, newest) in found.items():
            click.echo(f"{name}: {have or 'none'} (newest: {newest})")

    @group.command()
    @options
    @refusing
    @examples("")
    def check(**given: Any) -> None:
        """Exit with 1 unless the tables are those of this version."""
        if any(have != newest for have, newest in _revisions(tables_of(**given)).values()):
            raise click.ClickException(
                f"The tables are not those of this version. Run: {program()} db upgrade"
            )
        click.echo("The tables are those of this version.")


def _revisions(tables: Tables) -> Revisions:
    try:
        return tables.revisions()
    except Unavailable as error:
        raise click.ClickException(str(error)) from error
