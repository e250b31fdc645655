"""How each of the ``accounts`` commands finds its account, and tells what stops it."""

import functools
import getpass
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

import click
from sqlalchemy.exc import DBAPIError

from vestibule.admin.adapter import LastAdministrator
from vestibule.admin.flows import LONGEST_REASON, Account, AccountClosed, NothingToReset
from vestibule.cli.helping import program
from vestibule.foundation.database import Unavailable
from vestibule.foundation.services import Services
from vestibule.host.finding_users import user_called
from vestibule.host.users import Users
from vestibule.notices.values import one_line
from vestibule.subjects.flows import find
from vestibule.wiring import Installed

Command = Callable[..., None]
OpenAccounts = Callable[..., AbstractContextManager[Installed]]
"""An application whose context is entered as long as the block."""

user_argument = click.argument("user")
reason_option = click.option(
    "--reason", required=True, help="Why; kept in the audit log, with who you are."
)
yes_option = click.option("--yes", "sure", is_flag=True, help="Do not ask for the name again.")


@dataclass(frozen=True)
class Found:
    user: Any
    key: str
    account: Account
    name: str
    """As it may be printed: a name is whatever its owner typed."""
    services: Services
    users: Users


@dataclass(frozen=True)
class AccountCommands:
    """``options`` are those that tell ``open_accounts`` which site is meant."""

    group: click.Group
    open_accounts: OpenAccounts
    options: Callable[[Command], Command]

    def command(
        self, name: str, *own: Callable[[Command], Command]
    ) -> Callable[[Command], click.Command]:
        """Adds a function to the group, with its own options before those of the site."""

        def decorate(function: Command) -> click.Command:
            decorators: list[Callable[[Command], Command]] = [self.options, *reversed(own)]
            for one in decorators:
                function = one(function)
            made: click.Command = self.group.command(name)(_refusing(function))
            return made

        return decorate

    @contextmanager
    def found(self, user: str, given: Mapping[str, Any]) -> Iterator[Found]:
        with self.open_accounts(**given) as installed:
            person, users = user_called(user), installed.users
            services, key = installed.runtime.services, users.key(person)
            with services.database.read() as connection:
                seen = find(connection, key)
            account = Account(key, seen.id if seen else None)
            name = one_line(users.name(person)) or one_line(key)
            yield Found(person, key, account, name, services, users)


def checked_reason(reason: str) -> str:
    kept = one_line(reason)
    if not kept or len(kept) > LONGEST_REASON:
        raise ValueError(f"Give a reason of 1 to {LONGEST_REASON} characters.")
    return kept


def ask_for_the_name(one: Found, consequences: str) -> None:
    """Raises ClickException unless it is typed."""
    click.echo(f"{one.name}: {consequences}", err=True)
    if one_line(click.prompt("Type the name to go on", err=True)) != one.name:
        raise click.ClickException("That is another name: nothing was changed. Run it again.")


def actor() -> str:
    """Who runs the command, as the system knows it."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = "unknown"
    return one_line(f"cli:{name}")[:32]


def _refusing(function: Command) -> Command:
    """What stops a command is told in one sentence."""

    @functools.wraps(function)
    def wrapped(**given: Any) -> None:
        try:
            function(**given)
        except NothingToReset as error:
            raise click.ClickException(
                "This account has no second step: nothing is to be done."
            ) from error
        except AccountClosed as error:
            raise click.ClickException(
                "The account was closed meanwhile: nothing was changed. See: accounts list"
            ) from error
        except LastAdministrator as error:
            raise click.ClickException(
                "Nothing was changed: nobody would be left to look after the site. Give somebody "
                "else the role first."
            ) from error
        except DBAPIError as error:
            raise click.ClickException(
                f"The tables are not those of this version. Run: {program()} db upgrade"
            ) from error
        except (LookupError, Unavailable, ValueError) as error:
            raise click.ClickException(str(error.args[0] if error.args else error)) from error

    return wrapped
