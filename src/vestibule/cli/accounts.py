"""``accounts``: facts about accounts, and the ways back for a locked-out person.

The same commands for a host and for the ready site.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import click

from vestibule.admin.facts import AccountFacts, all_accounts, of_user
from vestibule.cli.account_actions import add_account_actions
from vestibule.cli.account_place import (
    AccountCommands,
    Command,
    OpenAccounts,
    actor,
    user_argument,
)
from vestibule.cli.account_texts import as_json as facts_as_json
from vestibule.cli.account_texts import as_lines, heading, in_a_row
from vestibule.cli.helping import examples, json_option
from vestibule.cli.importing import batches
from vestibule.host.links import enrolment_link
from vestibule.host.lookup import user_names
from vestibule.recovery import flows as recovery
from vestibule.subjects.flows import ensure
from vestibule.web.request_state import origin_now


def add_accounts_commands(
    group: click.Group, open_accounts: OpenAccounts, options: Callable[[Command], Command]
) -> None:
    """Add the commands. ``options`` are those that tell ``open_accounts`` which site is meant."""
    commands = AccountCommands(group, open_accounts, options)
    command, found = commands.command, commands.found

    @command("list", json_option)
    @examples("", "--json")
    def list_(*, as_json: bool, **given: Any) -> None:
        """List every account: second step, codes left, last sign-in, cool-off, recovery.

        With --json one object in each line.
        """
        with open_accounts(**given) as installed:
            if not as_json:
                click.echo(heading())
            for batch in batches(all_accounts(installed.runtime.services)):
                unnamed = [facts.user_id for facts in batch if not facts.name]
                names = user_names(installed, unnamed)
                for facts in batch:
                    shown = _named(facts, names.get(facts.user_id, facts.name))
                    click.echo(json.dumps(facts_as_json(shown)) if as_json else in_a_row(shown))

    @command("show", user_argument, json_option)
    @examples("ann", "ann --json")
    def show(*, user: str, as_json: bool, **given: Any) -> None:
        """Show the facts about USER: the user's key or name."""
        with found(user, given) as one:
            ensure(one.services, one.key)
            facts = of_user(one.services, one.key)
            if facts is None:
                raise LookupError(f"{one.name} was deleted just now: nothing is to be shown.")
            named = _named(facts, one.users.name(one.user))
            click.echo(json.dumps(facts_as_json(named)) if as_json else as_lines(named))

    @command("enrolment-link", user_argument)
    @examples("ann")
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
    @examples("ann")
    def stop_recovery(*, user: str, **given: Any) -> None:
        """Stop what USER, or somebody with the password and the mailbox, asked for."""
        with found(user, given) as one:
            subject_id = ensure(one.services, one.key).id
            if not recovery.stop(one.services, subject_id, actor(), origin_now()):
                raise LookupError(f"No recovery of {one.name} is under way.")
            click.echo(f"The recovery of {one.name} is stopped. The second step stays as it is.")

    add_account_actions(commands)


def _named(facts: AccountFacts, name: str) -> AccountFacts:
    return replace(facts, name=name)
