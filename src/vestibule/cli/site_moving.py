"""``vestibule import`` and ``vestibule export``: into a ready site, and out of it."""

from collections.abc import Sequence
from functools import partial
from typing import Any, TextIO

import click
from sqlalchemy import Connection

from vestibule.audit.flows import record
from vestibule.audit.values import EventKind
from vestibule.authenticators.foreign_secrets import ForeignSecret, Unusable, read_uri
from vestibule.authenticators.importing import ORIGIN, Wanted, add_on
from vestibule.cli.export_command import add_export_command
from vestibule.cli.helping import SiteGroup, examples
from vestibule.cli.import_commands import add_import_commands, json_lines_option, write_option
from vestibule.cli.importing import Report, batches, counted
from vestibule.cli.moving_place import refusing
from vestibule.cli.site_options import site_options
from vestibule.cli.site_place import open_site
from vestibule.foundation.services import Services
from vestibule.moving.files import URI, read_rows
from vestibule.moving.values import shown_user
from vestibule.ready_site.name_rules import name_key
from vestibule.ready_site.taking_over import ForeignAccount, Standing, insert, standing
from vestibule.subjects.flows import ensure_on

_Candidate = tuple[str, ForeignAccount, ForeignSecret | None]


@click.group("import", cls=SiteGroup)
def import_() -> None:
    """Take over accounts and authenticators of another program."""


_open_any_site = partial(open_site, may_make=True)
add_import_commands(import_, _open_any_site, site_options, users="the user name", column="username")


@import_.command("accounts")
@click.argument("file", type=click.File(encoding="utf-8"))
@write_option
@json_lines_option
@site_options
@refusing
@examples("accounts.csv", "accounts.csv --write", "accounts.csv --json")
def accounts(*, file: TextIO, write: bool, as_json: bool, **given: Any) -> None:
    """Take over the accounts of FILE: username, email, password_hash and, if any, otpauth.

    FILE is CSV or JSON lines; "-" is the standard input. Hashes of Werkzeug (scrypt, pbkdf2),
    bcrypt and argon2 are taken, and replaced at the next sign-in.
    """
    rows = read_rows(file, ("username", "email", "password_hash"), (URI,))
    report = Report("accounts", as_json=as_json)
    with _open_any_site(**given) as place:
        for batch in batches(counted(rows)):
            candidates = _candidates(batch, report)
            for shown, found in _written(place.services, candidates, write=write):
                if found is Standing.TAKEN:
                    report.refuse(shown, "This user name is taken.")
                else:
                    report.counts[found.value] += 1
    # A misspelled heading would leave them all behind, and the accounts with a password alone.
    if not as_json:
        click.echo(f"Rows with a second step: {report.counts['second steps']}.")
    report.end(write=write)


def _candidates(batch: Sequence[tuple[int, dict[str, str]]], report: Report) -> list[_Candidate]:
    found: list[_Candidate] = []
    for number, row in batch:
        account = ForeignAccount(row["username"], row["email"], row["password_hash"])
        shown = f"row {number}, {shown_user(account.username)}"
        try:
            # Without its second step an account would be open to whoever knows the password.
            secret = read_uri(row[URI]) if row[URI] else None
        except Unusable as unusable:
            report.refuse(shown, str(unusable))
            continue
        if account.problem:
            report.refuse(shown, account.problem)
            continue
        report.counts["second steps"] += bool(secret)
        report.counts["short"] += bool(secret and secret.is_short)
        found.append((shown, account, secret))
    # In one order, so that two imports at once wait for each other instead of deadlocking.
    return sorted(found, key=lambda one: name_key(one[1].username))


def _written(
    services: Services, candidates: Sequence[_Candidate], *, write: bool
) -> list[tuple[str, Standing]]:
    """How each stands; the new ones are written, all or none, with events and second steps."""
    opened = services.database.write() if write else services.database.read()
    with opened as connection:
        outcomes = []
        for shown, account, secret in candidates:
            found = standing(connection, account)
            if write and found is Standing.NEW:
                found = _add(connection, services, account, secret)
            outcomes.append((shown, found))
        return outcomes


def _add(
    connection: Connection,
    services: Services,
    account: ForeignAccount,
    secret: ForeignSecret | None,
) -> Standing:
    now = services.clock.now()
    account_id = insert(connection, now, account)
    if account_id is None:
        return standing(connection, account)
    subject = ensure_on(connection, now, account_id)
    record(connection, now, EventKind.ACCOUNT_IMPORTED, origin=ORIGIN, subject_id=subject.id)
    if secret:
        add_on(connection, services, now, Wanted(account_id, secret.text))
    return Standing.NEW


@click.group(cls=SiteGroup)
def _leaving() -> None:
    pass


add_export_command(_leaving, open_site, site_options)
export = _leaving.commands["export"]
