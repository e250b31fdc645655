"""``audit export`` and ``audit export-seals``."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

import click

from vestibule.audit import exporting
from vestibule.audit.rows import NAMES, as_json
from vestibule.audit.seals import seals_after
from vestibule.audit.values import EventKind
from vestibule.audit.wanted import Wanted
from vestibule.cli.helping import examples
from vestibule.cli.moving_place import Command, OpenPlace, refusing
from vestibule.cli.new_files import new_file
from vestibule.cli.progress import progress

_TO = click.option(
    "--to",
    type=click.Path(path_type=Path, allow_dash=True),
    metavar="FILE",
    default="-",
    help="A file that is not there yet. By default the standard output.",
)


def add_export_commands(
    audit: click.Group, open_place: OpenPlace, options: Callable[[Command], Command]
) -> None:
    """As :func:`vestibule.cli.audit_commands.add_audit_commands`."""

    @audit.command()
    @_TO
    @click.option("--format", "form", type=click.Choice(["json", "csv"]), default="json")
    @click.option("--since", type=click.DateTime(), metavar="DATE", help="From then on, UTC.")
    @click.option("--until", type=click.DateTime(), metavar="DATE", help="Before then, UTC.")
    @click.option("--kind", "kinds", multiple=True, metavar="KIND", help="As session.opened.")
    @click.option("--account", metavar="ID", help="The random id in the log, or the user's key.")
    @click.option("--address", metavar="IP", help="Where the request came from.")
    @options
    @refusing
    @examples("--to events.jsonl", "--since 2027-01-01 --kind session.opened --format csv")
    def export(
        *,
        to: Path,
        form: str,
        since: datetime | None,
        until: datetime | None,
        kinds: tuple[str, ...],
        account: str | None,
        address: str | None,
        **given: Any,
    ) -> None:
        """Write the events into FILE, oldest first: JSON lines, or CSV.

        Every event is one line, whatever somebody put into a name. Dates are as 2027-01-31 or
        2027-01-31T23:59:59. --kind may be given several times.
        """
        wanted = Wanted(_utc(since), _utc(until), _kinds(kinds), address=address)
        line = exporting.as_csv if form == "csv" else as_json
        with open_place(**given) as place, _output(to) as file:
            if form == "csv":
                file.write(exporting.csv_line(NAMES) + "\n")
            if account:
                with place.services.database.read() as connection:
                    ids = exporting.accounts_of(connection, account)
                wanted = replace(wanted, accounts=ids)
            total = exporting.how_many(place.services, wanted)
            with progress(place.services, "Events", total) as told:
                for text in exporting.lines(place.services, wanted, line):
                    file.write(text + "\n")
                    told(1)

    @audit.command("export-seals")
    @_TO
    @click.option("--after", type=int, default=0, metavar="NUMBER", help="Only those after it.")
    @options
    @refusing
    @examples("--to seals.jsonl", "--to newer-seals.jsonl --after 1200")
    def export_seals(*, to: Path, after: int, **given: Any) -> None:
        """Write the seals into FILE, as JSON lines, to be kept where the site cannot write.

        With them `audit verify --seals FILE` finds what nobody else can find: a log that was
        written anew by somebody with the keys, and newest events that were cut off.
        """
        with open_place(**given) as place, _output(to) as file:
            last = None
            with place.services.database.read() as connection:
                for last in seals_after(connection, after):
                    file.write(last.as_line() + "\n")
        if last is None:
            click.echo("There is no seal.", err=True)
        else:
            click.echo(f"The newest is number {last.number}, {last.hash}", err=True)


def _utc(given: datetime | None) -> datetime | None:
    return given.replace(tzinfo=UTC) if given else None


def _kinds(given: tuple[str, ...]) -> list[EventKind]:
    known = {kind.value: kind for kind in EventKind}
    for one in given:
        if one not in known:
            raise click.BadParameter(f"There is no event {one!r}.", param_hint="--kind")
    return [known[one] for one in given]


@contextmanager
def _output(path: Path) -> Iterator[TextIO]:
    if str(path) == "-":
        yield sys.stdout
        return
    with new_file(path) as file:
        yield file
