"""``flask vestibule``: the tables and the state of health of a host's Vestibule."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import NoReturn

import click
from flask import current_app

from vestibule.cli.accounts import add_accounts_commands
from vestibule.cli.audit_commands import add_audit_commands
from vestibule.cli.db_commands import Tables, add_db_commands
from vestibule.cli.examining import (
    examine,
    mail_option,
    send_a_test,
    tell,
    why_no_recovery,
)
from vestibule.cli.export_command import add_export_command
from vestibule.cli.helping import HostGroup, examples, json_option
from vestibule.cli.import_commands import add_import_commands
from vestibule.cli.key_commands import add_show_command, reencrypt_all, refuse_where_needed
from vestibule.cli.moving_place import Place, refusing
from vestibule.cli.purge_command import add_purge_command
from vestibule.cli.sending import send_mail, watch_option
from vestibule.host.calls import calls_never_seen
from vestibule.host.lookup import user_keys
from vestibule.migrations import revisions, upgrade_database
from vestibule.settings import Finding
from vestibule.wiring import Installed

group = HostGroup("vestibule", help="Vestibule, the second step of this application's sign-in.")


@group.group(cls=HostGroup)
def db() -> None:
    """Vestibule's own tables; the host's are not touched."""


_past_a_pooler = click.option(
    "--database", metavar="URL", help="Another way to the same database, such as past a pooler."
)


def _tables(*, database: str | None) -> Tables:
    url = database or _database_url()
    return Tables(
        lambda told: upgrade_database(url, told=told),
        lambda: {"vestibule": revisions(url)},
    )


add_db_commands(db, _tables, _past_a_pooler, lambda command: command)


@group.command()
@mail_option
@json_option
@examples("", "--mail ops@example.org", "--json")
def doctor(*, mail: str | None, as_json: bool) -> None:
    """Tell everything that is wrong, each with the line that mends it; then exit with 1."""
    installed = _installed()
    _database_url()
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    found = examine(app, installed, "flask vestibule {}".format)
    if not found.wrong:
        found.hints += calls_never_seen(installed.runtime.services)
        found.hints += why_no_recovery(installed)
        if installed.send_notices is None:
            found.hints.append(
                Finding(
                    "VESTIBULE_MAIL",
                    "Not set: nobody is told of what happens to an account.",
                    'VESTIBULE_MAIL = "smtp://user:password@mail.example.org"',
                )
            )
        if mail and (problem := send_a_test(installed, mail)):
            found.wrong.append(problem)
    tell(found, as_json=as_json)


@group.command("send-mail")
@watch_option
@json_option
@examples("", "--watch", "--json")
def send_mail_of_host(*, watch: bool, as_json: bool) -> None:
    """Send the mails that wait in the outbox. A running application does so by itself.

    Ends with exit code 1 where something has to be tried again.
    """
    installed = _installed()
    if not hasattr(installed, "runtime"):
        _refuse("Something is wrong with the configuration. Run: flask vestibule doctor")
    if installed.send_notices is None:
        _refuse('No mails are sent. Set VESTIBULE_MAIL = "smtp://user:password@mail.example.org"')
    try:
        sys.exit(0 if send_mail(installed.send_notices, watch=watch, as_json=as_json) else 1)
    except KeyboardInterrupt:
        sys.exit(0)


@group.group("import", cls=HostGroup)
def import_() -> None:
    """Take over the authenticators that people had before."""


@contextmanager
def _this_host() -> Iterator[Place]:
    installed = _installed()
    if not hasattr(installed, "runtime"):
        _refuse("The configuration is not right. Run: flask vestibule doctor")
    if not revisions(_database_url()).fits:
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
        partial(user_keys, installed),
        lambda keys: {key: key for key in keys},
        url,
    )


add_import_commands(
    import_, _this_host, lambda command: command, users="the primary key", column="id"
)
add_export_command(group, _this_host, lambda command: command)
add_purge_command(group, _this_host, lambda command: command)


@group.group(cls=HostGroup)
def audit() -> None:
    """The log of events: seal, verify, export, purge."""


add_audit_commands(audit, _this_host, lambda command: command)


@group.group(cls=HostGroup)
def keys() -> None:
    """The keys in VESTIBULE_KEYS, which encrypt authenticators' secrets."""


add_show_command(keys, _this_host, lambda command: command)


@keys.command()
@refusing
@examples("")
def rotate() -> None:
    """Encrypt every secret with the first key of VESTIBULE_KEYS, while the application runs.

    Before: put a new key behind the others and start every process anew, so that all can read it;
    then put it in front and start them anew. It may be stopped at any moment; the next run goes on.
    """
    with _this_host() as place:
        reencrypt_all(place.services)


@keys.command()
@click.argument("key_id")
@click.option(
    "--leave-log-unverified",
    "leave_log",
    is_flag=True,
    help="Also where events were signed with it, which then nobody can verify.",
)
@refusing
@examples("0a1b2c3d")
def retire(*, key_id: str, leave_log: bool) -> None:
    """Tell whether KEY_ID may be taken out of VESTIBULE_KEYS; exit with 1 while it is needed."""
    with _this_host() as place:
        refuse_where_needed(place.services, key_id, leave_log=leave_log)
    click.echo(f"Nothing needs key {key_id}: take it out. Backups of the database may need it.")


@contextmanager
def _these_accounts() -> Iterator[Installed]:
    installed = _installed()
    if not hasattr(installed, "runtime"):
        _refuse("Something is wrong with the configuration. Run: flask vestibule doctor")
    yield installed


@group.group(cls=HostGroup)
def accounts() -> None:
    """Facts about accounts, and the ways back for somebody who lost the second step."""


add_accounts_commands(accounts, _these_accounts, lambda command: command)
group.add_command(accounts.commands["enrolment-link"])


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
