"""``audit``: the log sealed, verified, exported and purged, for a host or the ready site."""

from collections.abc import Callable
from datetime import timedelta
from importlib.resources import files
from typing import Any, TextIO

import click
from sqlalchemy.exc import ProgrammingError

from vestibule.audit.purging import NothingSealed, Plan, plan_of, purge
from vestibule.audit.sealing import seal
from vestibule.audit.signing import sign_events_of
from vestibule.audit.verifying import Verification
from vestibule.cli.audit_exports import add_export_commands
from vestibule.cli.audit_verdict import tell_troubles, verify_log
from vestibule.cli.helping import examples, json_option
from vestibule.cli.moving_place import Command, OpenPlace, Place, refusing
from vestibule.cli.progress import progress
from vestibule.foundation.database import Database
from vestibule.foundation.services import Services
from vestibule.moving.files import NotReadable

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
    @examples("")
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
    @json_option
    @options
    @refusing
    @examples("", "--seals seals.jsonl", "--json")
    def verify(*, seals: TextIO | None, as_json: bool, **given: Any) -> None:
        """Find any event that was changed, removed, reordered or inserted.

        Each is named, in the order of the log; with --json in a line each, the counts in the last
        one. Exit codes: 0 the log is what was written; 3 it is
        not; 1 that could not be checked.
        """
        with open_place(**given) as place:
            verify_log(place.services, seals, as_json=as_json)

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
    @examples("--older-than 400", "--older-than 400 --yes")
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
    @examples("")
    def grants() -> None:
        """Print SQL for PostgreSQL: a role of the site, and one that may delete events."""
        click.echo(files("vestibule.audit").joinpath("postgresql_grants.sql").read_text(), nl=False)


def _plan(services: Services, days: int) -> Plan | None:
    try:
        return plan_of(services, services.clock.now() - timedelta(days=days))
    except NothingSealed as error:
        raise NotReadable("No event is under a seal yet. Run first: audit seal") from error


def _refuse_changed(services: Services, plan: Plan) -> None:
    with progress(services, "Verified", plan.events) as told:
        looked = Verification(services, told)
        if tell_troubles(looked.troubles(plan.through)) or looked.of_unknown_keys:
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
