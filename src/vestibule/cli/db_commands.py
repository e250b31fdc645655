"""``db``: the tables of a host's Vestibule or of a ready site, and their revisions."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import click

from vestibule.cli.helping import examples, json_option, program
from vestibule.cli.moving_place import Command
from vestibule.foundation.database import Unavailable
from vestibule.migrations import DatabaseIsNewer, Standing, Told

Revisions = Mapping[str, Standing]
"""By whose tables they are."""

_FIT = "The tables fit this version."


@dataclass(frozen=True)
class Tables:
    upgrade: Callable[[Told], object]
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
        """Make the tables, or bring them to this version, while the site runs.

        It may be stopped at any moment; the next run goes on. Newer tables that this version can
        work on stay as they are.
        """
        try:
            tables_of(**given).upgrade(lambda line: click.echo(line, err=True))
        except (DatabaseIsNewer, Unavailable, ValueError) as error:
            raise click.ClickException(str(error)) from error
        click.echo(_FIT)

    @group.command()
    @json_option
    @options
    @refusing
    @examples("", "--json")
    def current(*, as_json: bool, **given: Any) -> None:
        """Show the revision of the tables, and the newest one."""
        found = _revisions(tables_of(**given))
        if as_json:
            click.echo(json.dumps({name: asdict(one) for name, one in found.items()}, indent=2))
            return
        for name, one in found.items():
            ahead = ", of a newer version, which this one works on" if one.is_ahead else ""
            click.echo(f"{name}: {one.have or 'none'} (newest: {one.newest}{ahead})")

    @group.command()
    @options
    @refusing
    @examples("")
    def check(**given: Any) -> None:
        """Exit with 1 unless this version can work on the tables."""
        if not all(one.fits for one in _revisions(tables_of(**given)).values()):
            raise click.ClickException(
                f"The tables are not those of this version. Run: {program()} db upgrade"
            )
        click.echo(_FIT)


def _revisions(tables: Tables) -> Revisions:
    try:
        return tables.revisions()
    except Unavailable as error:
        raise click.ClickException(str(error)) from error
