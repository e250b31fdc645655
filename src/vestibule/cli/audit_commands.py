"""``audit``: the log sealed, verified, exported and purged, for a host or the ready site."""

import itertools
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from importlib.resources import files
from typing import Any, TextIO

import click
from sqlalchemy.exc import ProgrammingError

from vestibule.audit.exported_seals import troubles_with_exported
from vestibule.audit.purging import NothingSealed, Plan, plan_of, purge
from vestibule.audit.rows import shown
from vestibule.audit.sealing import seal
from vestibule.audit.seals import Seal
from vestibule.audit.signing import sign_events_of
from vestibule.audit.verifying import Verification
from vestibule.cli.audit_exports import add_export_commands
from vestibule.cli.moving_place import Command, OpenPlace, Place, refusing
from vestibule.cli.progress import progress
from vestibule.foundation.database import Database
from vestibule.foundation.services import Services
from vestibule.moving.files import NotReadable

CHANGED = 3
"""Exit code of a verification that found something."""
_MOST_TOLD = 20

_DATABASE = click.option(
    "--as",
    "purger",
    metavar="URL",
    envvar="VESTIBULE_PURGE_DATABASE",
    help="The database, with a role that may delete events. By default that of the site.",
)


def add_audit_commands(
    audit: click.Group, open_place: OpenPlace, options: Callable[[Command], Command]
) -> None:
    """Add the commands to a host's or the site's; ``options`` tell ``open_place`` which."""
    add_export_commands(audit, open_place, options)

    @audit.command("seal")
    @options
    @refusing
    def seal_now(**given: Any) -> None:
        """Bring every event under a seal. A running site does so by itself, once a minute."""
        with open_place(**given) as place, progress(place.services, "Events") as told:
            sealed = seal(place.services, whole=True, told=told)
        if sealed is None:
            raise click.ClickException("Somebody else is sealing. Try again in half a minute.")
        click.echo(f"{sealed} events came under a seal.")

    @audit.command()
    @click.option(
        "--seals",
        type=click.File(encoding="utf-8"),
        metavar="FILE",
        help="Exported seals; with them it is found if the newest events were cut off.",
    )
    @options
    @refusing
    def verify(*, seals: TextIO | None, **given: Any) -> None:
        """Find any event that was changed, removed, reordered or inserted.

        Each is named, in the order of the log. Exit codes: 0 the log is what was written; 3 it is
        not; 1 that could not be checked.
        """
        with open_place(**given) as place:
            _verify(place.services, seals)

    @audit.command("purge")
    @click.option(
        "--older-than", type=click.IntRange(min=1), metavar="DAYS", required=True, help="Days."
    )
    @click.option("--yes", "sure", is_flag=True, help="Do not ask.")
    @click.option(
        "--even-if-changed", "anyhow", is_flag=True, help="Also what is not as it was written."
    )
    @_DATABASE
    @options
    @refusing
    def purge_old(
        *, older_than: int, sure: bool, anyhow: bool, purger: str | None, **given: Any
    ) -> None:
        """Delete events older than DAYS: whole seals of them, so that the rest can be verified.

        What would be deleted is verified before, so that nothing can be hidden this way. Sign-ins
        are refused to nobody meanwhile.
        """
        with open_place(**given) as place:
            plan = _plan(place.services, older_than)
            if plan is None:
                click.echo("Nothing is that old. The newest seal always stays.")
                return
            if not anyhow:
                _refuse_changed(place.services, plan)
            what = f"{plan.events} events, under {plan.seals} seals up to number {plan.through}"
            if not sure:
                click.confirm(f"This deletes {what}. Go on?", abort=True, err=True)
            _purge(place, plan, purger)
            click.echo(f"Deleted: {what}.")

    @audit.command()
    def grants() -> None:
        """Print SQL for PostgreSQL: a role of the site, and one that may delete events."""
        click.echo(files("vestibule.audit").joinpath("postgresql_grants.sql").read_text(), nl=False)


def _verify(services: Services, seals: TextIO | None) -> None:
    with progress(services, "Events") as told:
        looked = Verification(services, told)
        troubles = looked.troubles()
        if seals:
            exported = troubles_with_exported(services, _seals_of(seals))
            troubles = itertools.chain(troubles, exported)
        count = _tell(troubles)
    click.echo(f"{looked.events} events, {looked.seals} seals.")
    if purged := looked.purged:
        click.echo(
            f"Seals up to {purged.through} were purged on {purged.at[:19]} UTC, says "
            f"event {purged.event}. Was that you?"
        )
    if looked.unsigned:
        click.echo(
            f"{looked.unsigned} events were written before events were signed: they are as they "
            "were when they were sealed."
        )
    if looked.waiting:
        click.echo(f"{looked.waiting} events wait for a seal, since {looked.waiting_since} UTC.")
    for key_id, lines in looked.of_unknown_keys.items():
        click.echo(
            f"{lines} signatures are of key {shown(str(key_id))}, which is not configured.",
            err=True,
        )
    if count:
        click.echo(f"The log is not what was written: {count} findings.", err=True)
        sys.exit(CHANGED)
    if looked.of_unknown_keys:
        sys.exit(1)
    click.echo("The log is what was written.")


def _tell(troubles: Iterable[str]) -> int:
    """Print what is wrong, the first of it at least; how much it was."""
    count = 0
    for count, trouble in enumerate(troubles, start=1):
        if count <= _MOST_TOLD:
            click.echo(trouble)
    if count > _MOST_TOLD:
        click.echo(f"… and {count - _MOST_TOLD} more.")
    return count


def _seals_of(file: TextIO) -> Iterator[Seal]:
    number = 0
    try:
        for line in file:
            number += 1
            yield Seal.of_line(line)
    except UnicodeDecodeError as error:
        raise NotReadable(f"Line {number + 1} of {file.name} is no exported seal.") from error
    except (ValueError, TypeError) as error:
        raise NotReadable(f"Line {number} of {file.name} is no exported seal.") from error
    if not number:
        raise NotReadable(f"{file.name} holds no seal.")


def _plan(services: Services, days: int) -> Plan | None:
    try:
        return plan_of(services, services.clock.now() - timedelta(days=days))
    except NothingSealed as error:
        raise NotReadable("No event is under a seal yet. Run first: audit seal") from error


def _refuse_changed(services: Services, plan: Plan) -> None:
    with progress(services, "Verified", plan.events) as told:
        looked = Verification(services, told)
        if _tell(looked.troubles(plan.through)) or looked.of_unknown_keys:
            raise NotReadable(
                "What would be deleted is not what was written, or cannot be checked. Nothing was "
                "deleted. Keep a copy of the database; then --even-if-changed deletes it."
            )


def _purge(place: Place, plan: Plan, purger: str | None) -> None:
    services = place.services
    try:
        database = Database(purger) if purger else services.database
    except ValueError as error:
        raise NotReadable(f"--as: {error}") from error
    sign_events_of(database.engine, services)
    try:
        with progress(services, "Deleted", plan.events) as told:
            purge(services, database, plan, told)
    except ProgrammingError as error:
        raise NotReadable(
            "This role of the database may not delete events. Name one that may: --as URL"
        ) from error
    finally:
        database.dispose()
