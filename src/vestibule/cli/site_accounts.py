"""``vestibule accounts``: of a ready site."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from vestibule import Misconfigured
from vestibule.cli.accounts import add_accounts_commands
from vestibule.cli.helping import SiteGroup, examples
from vestibule.cli.site_db import refuse_where_there_is_none
from vestibule.cli.site_options import site_options
from vestibule.cli.terminal_set_up import set_up_here
from vestibule.ready_site import user_names
from vestibule.ready_site.administrators import NameTaken, make_administrator
from vestibule.ready_site.name_rules import email_problem, user_name_problem
from vestibule.ready_site.new_passwords import new_password_link
from vestibule.ready_site.options import StartRefused, read_options
from vestibule.ready_site.people import with_name
from vestibule.ready_site.start import prepared_site
from vestibule.wiring import Installed


@click.group(cls=SiteGroup)
def accounts() -> None:
    """Facts about accounts, and the ways back for somebody who lost the second step."""


@contextmanager
def _open_site(*, may_make: bool = False, **given: Any) -> Iterator[Installed]:
    os.umask(0o077)
    try:
        options = read_options(given)
        if not may_make:
            refuse_where_there_is_none(options)
        site = prepared_site(options.knowing_itself(options.port))
    except (StartRefused, Misconfigured) as refusal:
        raise click.ClickException(str(refusal)) from refusal
    installed: Installed = site.extensions["vestibule"]
    try:
        with site.app_context():
            yield installed
    finally:
        installed.runtime.services.database.dispose()


add_accounts_commands(accounts, _open_site, site_options)


@accounts.command("create-admin")
@click.argument("name")
@click.option("--email", help="Where mails go to; needed for an account that is not there yet.")
@click.option(
    "--authenticator/--no-authenticator",
    "set_up",
    default=None,
    help="Set the second step up in this terminal. By default where there is one.",
)
@site_options
@examples(
    "root --email root@example.org", "ann", "root --email root@example.org --no-authenticator"
)
def create_admin(*, name: str, email: str | None, set_up: bool | None, **given: Any) -> None:
    """Make NAME an administrator, the first one too, and print a one-time link.

    With the link NAME sets a password. A QR code in the terminal sets up the second step, which
    every administrator must have, here and now, with a code of the app and backup codes; without,
    signing in leads to the set-up. An account that is there keeps what it has: it is named without
    --email, or with the address that it confirmed.
    """
    with _open_site(may_make=True, **given) as installed:
        problem = user_name_problem(name) or (email is not None and email_problem(email))
        if problem:
            raise click.ClickException(f"{problem} Nothing was made: give another one.")
        if not installed.runtime.services.settings.base_url:
            raise click.ClickException(
                "A link needs the address of the site: set VESTIBULE_BASE_URL. Nothing was made."
            )
        known = with_name(name)
        try:
            person = make_administrator(name, email)
        except LookupError as error:
            raise click.ClickException(
                f"There is no account {name}: say --email to make it."
            ) from error
        except user_names.NameTaken as error:
            raise click.ClickException(
                f"Another account had the name {name}, and it stays kept for that one: "
                "choose another name."
            ) from error
        except NameTaken as error:
            raise click.ClickException(
                f"There is an account {name} already, and it did not confirm {email}: a stranger "
                f"may have registered it. Look at it: vestibule accounts show {name}. If it is the "
                "right one, leave --email out."
            ) from error
        if set_up or (set_up is None and sys.stdin.isatty() and sys.stderr.isatty()):
            set_up_here(installed, person)
        # Last: a new second step voids links.
        click.echo(new_password_link(person))
    click.echo(f"{person.username} is an administrator. The link sets a password, once.", err=True)
    if known is not None:
        is_confirmed = "confirmed" if known.email_confirmed_at else "never confirmed"
        click.echo(
            f"The account was there before, with the address {known.email} ({is_confirmed}). Its "
            "password and second step still work, and its open sessions have the role now.",
            err=True,
        )
