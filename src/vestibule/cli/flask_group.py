"""``flask vestibule``: the tables and the state of health of a host's Vestibule."""

import functools
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import click
from flask import current_app
from flask.cli import AppGroup

from vestibule.cli.accounts import add_accounts_commands
from vestibule.cli.export_command import add_export_command
from vestibule.cli.import_commands import add_import_commands
from vestibule.cli.moving_place import Place
from vestibule.cli.sending import send_mail, watch_option
from vestibule.foundation.database import Unavailable
from vestibule.host.calls import calls_never_seen
from vestibule.host.lookup import user_keys
from vestibule.migrations import DatabaseIsNewer, revisions, upgrade_database
from vestibule.notices.flows import dead_letters, overdue
from vestibule.wiring import Installed, findings_now

group = AppGroup("vestibule", help="Vestibule, the second step of this application's sign-in.")


@group.group()
def db() -> None:
    """Vestibule's own tables; the host's are not touched."""


@db.command()
def upgrade() -> None:
    """Make the tables, or bring them to this version."""
    try:
        upgrade_database(_database_url())
    except (DatabaseIsNewer, Unavailable, ValueError) as error:
        _refuse(str(error))
    click.echo("The tables are those of this version.")


@db.command()
def current() -> None:
    """Show the revision of the tables, and the newest one."""
    have, newest = _revisions()
    click.echo(f"{have or 'none'} (newest: {newest})")


@db.command()
def check() -> None:
    """Exit with 1 unless the tables are those of this version."""
    have, newest = _revisions()
    if have != newest:
        _refuse("The tables are not those of this version. Run: flask vestibule db upgrade")
    click.echo("The tables are those of this version.")


@group.command()
def doctor() -> None:
    """Tell everything that is wrong, each with the line that mends it; then exit with 1."""
    installed = _installed()
    found = findings_now(current_app._get_current_object())  # type: ignore[attr-defined]
    for finding in found:
        click.echo(str(finding))
    try:
        have, newest = _revisions()
    except Unavailable as error:
        click.echo(f"database: {error}")
        sys.exit(1)
    if have != newest:
        click.echo("tables: not those of this version. Fix: flask vestibule db upgrade")
    mails = _trouble_with_mails(installed) if not found and have == newest else []
    for sentence in mails:
        click.echo(sentence)
    if found or mails or have != newest:
        sys.exit(1)
    click.echo("Nothing is wrong.")
    for call in calls_never_seen(installed.runtime.services):
        click.echo(str(call))
    for sentence in _why_no_recovery(installed):
        click.echo(sentence)
    if installed.send_notices is None:
        click.echo(
            "VESTIBULE_MAIL: Not set: nobody is told of what happens to an account. "
            'Fix: VESTIBULE_MAIL = "smtp://user:password@mail.example.org"'
        )


def _why_no_recovery(installed: Installed) -> list[str]:
    wanted = installed.runtime.services.settings.recovery_after
    if not wanted or installed.users.confirmed_address_of is not None:
        return []
    return [
        "VESTIBULE_RECOVERY_AFTER: Recovery stays off: nobody says which address is confirmed. "
        "Fix: @vestibule.confirmed_address above a function(user)"
    ]


def _trouble_with_mails(installed: Installed) -> list[str]:
    services = installed.runtime.services
    with services.database.read() as connection:
        dead, why = dead_letters(connection)
        late = overdue(connection, services.clock.now())
    found = []
    if dead:
        found.append(f"notices: {dead} could not be sent; the last one met {why}.")
    if late:
        found.append(
            f"notices: {late} should have been sent an hour ago. Fix: flask vestibule send-mail"
        )
    return found


@group.command("send-mail")
@watch_option
def send_mail_of_host(*, watch: bool) -> None:
    """Send the mails that wait in the outbox. A running application does so by itself.

    Ends with exit code 1 where something has to be tried again.
    """
    installed = _installed()
    if not hasattr(installed, "runtime"):
        _refuse("Something is wrong with the configuration. Run: flask vestibule doctor")
    if installed.send_notices is None:
        _refuse('No mails are sent. Set VESTIBULE_MAIL = "smtp://user:password@mail.example.org"')
    try:
        sys.exit(0 if send_mail(installed.send_notices, watch=watch) else 1)
    except KeyboardInterrupt:
        sys.exit(0)


@group.group("import")
def import_() -> None:
    """Take over the authenticators that people had before."""


@contextmanager
def _this_host() -> Iterator[Place]:
    installed = _installed()
    if not hasattr(installed, "runtime"):
        _refuse("The configuration is not right. Run: flask vestibule doctor")
    have, newest = _revisions()
    if have != newest:
        _refuse("The tables are not those of this version. Run: flask vestibule db upgrade")
    services = installed.runtime.services
    with services.database.read():
        # SQLite becomes WAL with this; once a table is being read it could not.
        pass
    url = installed.database_url
    if installed.db is not None:
        url = installed.db.engine.url.render_as_string(hide_password=False)
    yield Place(
        services,
        functools.partial(user_keys, installed),
        lambda keys: {key: key for key in keys},
        url,
    )


add_import_commands(
    import_, _this_host, lambda command: command, users="the primary key", column="id"
)
add_export_command(group, _this_host, lambda command: command)


@contextmanager
def _these_accounts() -> Iterator[Installed]:
    installed = _installed()
    if not hasattr(installed, "runtime"):
        _refuse("Something is wrong with the configuration. Run: flask vestibule doctor")
    yield installed


@group.group()
def accounts() -> None:
    """Facts about accounts, and the ways back for somebody who lost the second step."""


add_accounts_commands(accounts, _these_accounts, lambda command: command)
group.add_command(accounts.commands["enrolment-link"])


def _revisions() -> tuple[str | None, str]:
    return revisions(_database_url())


def _installed() -> Installed:
    installed: Installed | None = current_app.extensions.get("vestibule")
    if installed is None:
        _refuse("This application has no Vestibule: add Vestibule(app, db).")
    return installed


def _database_url() -> str:
    url = _installed().database_url
    if not url:
        _refuse("Vestibule has no database: pass db, or set VESTIBULE_DATABASE.")
    return url


def _refuse(sentence: str) -> NoReturn:
    click.echo(sentence, err=True)
    sys.exit(1)
