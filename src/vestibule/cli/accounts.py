"""``accounts``: facts about accounts, and the ways back for a locked-out person.

The same commands for a host and for the ready site.
"""

import functools
import getpass
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from typing import Any

import click
from sqlalchemy.exc import DBAPIError

from vestibule.admin.facts import AccountFacts, all_accounts, of_user
from vestibule.admin.flows import LONGEST_REASON, NothingToReset, reset_second_step
from vestibule.cli.account_texts import as_json, as_lines, heading, in_a_row
from vestibule.cli.importing import batches
from vestibule.foundation.database import Unavailable
from vestibule.foundation.services import Services
from vestibule.host import contacts
from vestibule.host.finding_users import user_called
from vestibule.host.links import enrolment_link
from vestibule.host.lookup import user_names
from vestibule.notices.values import one_line
from vestibule.recovery import flows as recovery
from vestibule.subjects.flows import ensure
from vestibule.web.request_state import origin_now
from vestibule.wiring import Installed

Command = Callable[..., None]
OpenAccounts = Callable[..., AbstractContextManager[Installed]]
"""An application whose context is entered as long as the block."""


@dataclass(frozen=True)
class _Found:
    user: Any
    key: str
    name: str
    services: Services


def add_accounts_commands(
    group: click.Group, open_accounts: OpenAccounts, options: Callable[[Command], Command]
) -> None:
    """Add the commands. ``options`` are those that tell ``open_accounts`` which site is meant."""

    def command(name: str, *own: Callable[[Command], Command]) -> Callable[[Command], Command]:
        def decorate(function: Command) -> Command:
            decorators: list[Callable[[Command], Command]] = [options, *reversed(own)]
            for one in decorators:
                function = one(function)
            return group.command(name)(_refusing(function))

        return decorate

    @contextmanager
    def found(user: str, given: Mapping[str, Any]) -> Iterator[_Found]:
        with open_accounts(**given) as installed:
            person = user_called(user)
            key, name = installed.users.key(person), installed.users.name(person)
            # A name is whatever its owner typed: it must not move the cursor or turn the line.
            shown = one_line(name) or one_line(key)
            yield _Found(person, key, shown, installed.runtime.services)

    json_option = click.option("--json", "wants_json", is_flag=True, help="For programs.")
    user_argument = click.argument("user")
    reason_option = click.option(
        "--reason", required=True, help="Why; kept in the audit log, with who you are."
    )
    yes_option = click.option("--yes", "sure", is_flag=True, help="Do not ask for the name again.")

    @command("list", json_option)
    def list_(*, wants_json: bool, **given: Any) -> None:
        """List every account: second step, codes left, last sign-in, cool-off, recovery.

        With --json one object in each line.
        """
        with open_accounts(**given) as installed:
            if not wants_json:
                click.echo(heading())
            for batch in batches(all_accounts(installed.runtime.services)):
                unnamed = [facts.user_id for facts in batch if not facts.name]
                names = user_names(installed, unnamed)
                for facts in batch:
                    shown = _named(facts, names.get(facts.user_id, facts.name))
                    click.echo(json.dumps(as_json(shown)) if wants_json else in_a_row(shown))

    @command("show", user_argument, json_option)
    def show(*, user: str, wants_json: bool, **given: Any) -> None:
        """Show the facts about USER: the user's key or name."""
        with found(user, given) as one:
            ensure(one.services, one.key)
            facts = of_user(one.services, one.key)
            if facts is None:
                raise LookupError(f"{one.name} is gone.")
            named = _named(facts, one.name)
            click.echo(json.dumps(as_json(named)) if wants_json else as_lines(named))

    @command("reset-second-step", user_argument, reason_option, yes_option)
    def reset(*, user: str, reason: str, sure: bool, **given: Any) -> None:
        """Remove every authenticator and backup code of USER, who lost them.

        Be certain who asks you: until USER sets up a new second step, the password alone opens the
        account. Every session and all trust end, and USER is told by mail.
        """
        kept = _checked_reason(reason)
        with found(user, given) as one:
            if not sure:
                _ask(one)
            contacts.keep(one.key, contacts.contact_now(one.user))
            reset_second_step(
                one.services, one.key, reason=kept, actor=_actor(), origin=origin_now()
            )
            click.echo(f"{one.name} has no second step any more, and is signed out everywhere.")

    @command("enrolment-link", user_argument)
    def link(*, user: str, **given: Any) -> None:
        """Print a one-time link with which USER sets up the first authenticator.

        Links made before for this user are void.
        """
        with found(user, given) as one:
            address, issued = enrolment_link(one.user)
        click.echo(address)
        until = f"{issued.ends_at:%Y-%m-%d %H:%M} UTC"
        click.echo(f"For {one.name}. It works once, until {until}; older links are void.", err=True)

    @command("stop-recovery", user_argument)
    def stop_recovery(*, user: str, **given: Any) -> None:
        """Stop what USER, or somebody with the password and the mailbox, asked for."""
        with found(user, given) as one:
            subject_id = ensure(one.services, one.key).id
            if not recovery.stop(one.services, subject_id, _actor(), origin_now()):
                raise LookupError(f"No recovery of {one.name} is under way.")
            click.echo(f"The recovery of {one.name} is stopped. The second step stays as it is.")


def _refusing(function: Command) -> Command:
    """What stops a command is told in one sentence."""

    @functools.wraps(function)
    def wrapped(**given: Any) -> None:
        try:
            function(**given)
        except NothingToReset as error:
            raise click.ClickException("This account has no second step.") from error
        except DBAPIError as error:
            raise click.ClickException(
                "The tables are not those of this version. Run: flask vestibule db upgrade"
            ) from error
        except (LookupError, Unavailable, ValueError) as error:
            raise click.ClickException(str(error.args[0] if error.args else error)) from error

    return wrapped


def _named(facts: AccountFacts, name: str) -> AccountFacts:
    return replace(facts, name=name)


def _checked_reason(reason: str) -> str:
    kept = one_line(reason)
    if not kept or len(kept) > LONGEST_REASON:
        raise ValueError(f"Give a reason of 1 to {LONGEST_REASON} characters.")
    return kept


def _ask(one: _Found) -> None:
    click.echo(
        f"This removes every authenticator and backup code of {one.name}, and signs {one.name} out "
        "everywhere. Until a new second step is set up the password alone opens the account.",
        err=True,
    )
    if click.prompt("Type the name to go on", err=True) != one.name:
        raise click.ClickException("That is another name: nothing was changed.")


def _actor() -> str:
    """Who runs the command, as the system knows it."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = "unknown"
    return one_line(f"cli:{name}")[:32]
