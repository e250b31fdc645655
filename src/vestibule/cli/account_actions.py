"""What an operator does to an account on the command line: administration's actions, and its words.

The grave ones ask for the name; the person is told by mail, as of an administrator.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import click

from vestibule.admin import flows
from vestibule.admin.adapter import Administration
from vestibule.admin.flows import By
from vestibule.admin_pages.actions import ACTIONS
from vestibule.audit.values import EventKind
from vestibule.cli.account_place import (
    AccountCommands,
    Found,
    actor,
    ask_for_the_name,
    checked_reason,
    reason_option,
    user_argument,
    yes_option,
)
from vestibule.cli.helping import examples
from vestibule.host import contacts
from vestibule.web.request_state import origin_now


def add_account_actions(commands: AccountCommands) -> None:
    """Add the commands that change an account."""

    def act(name: str, user: str, reason: str, given: Any, do: Act, *, sure: bool = True) -> None:
        action = ACTIONS[name]
        kept = checked_reason(reason)
        with commands.found(user, given) as one:
            if not sure:
                ask_for_the_name(one, action.consequences)
            flows.refuse_closed(one.services, one.account)
            contacts.keep(one.key, contacts.contact_now(one.user))
            do(one, By(actor(), kept, origin_now()))
            click.echo(f"{one.name}: {action.done}")

    @commands.command("sign-out", user_argument, reason_option)
    @examples('ann --reason "laptop was stolen"')
    def sign_out(*, user: str, reason: str, **given: Any) -> None:
        """End every session of USER, every sign-in under way, remembered browser and trust."""
        act("sign-out", user, reason, given, _sign_out)

    @commands.command("unlock", user_argument, reason_option)
    @examples('ann --reason "called: typed the old password"')
    def unlock(*, user: str, reason: str, **given: Any) -> None:
        """Give USER all tries of passwords and codes back; whoever guesses gets them too.

        An authenticator that is off after 100 wrong codes stays off.
        """
        act("unlock", user, reason, given, _unlock)

    @commands.command("reset-second-step", user_argument, reason_option, yes_option)
    @examples(
        'ann --reason "lost the phone; called back at the desk"',
        'ann --reason "ticket 4711" --yes',
    )
    def reset(*, user: str, reason: str, sure: bool, **given: Any) -> None:
        """Remove every authenticator and backup code of USER, who lost them.

        Be certain who asks you: until USER sets up a new second step, the password alone opens the
        account. Every session and all trust end, and USER is told by mail.
        """
        act("reset-second-step", user, reason, given, _reset, sure=sure)

    @commands.command("disable", user_argument, reason_option, yes_option)
    @examples('ann --reason "left the company"', 'ann --reason "ticket 4711" --yes')
    def disable(*, user: str, reason: str, sure: bool, **given: Any) -> None:
        """Let nobody sign in as USER from now on, and end every session. Nothing is deleted.

        Not the last administrator: nobody would be left to look after the site.
        """
        act("disable", user, reason, given, _disable, sure=sure)

    @commands.command("enable", user_argument, reason_option, yes_option)
    @examples('ann --reason "came back"', 'ann --reason "ticket 4712" --yes')
    def enable(*, user: str, reason: str, sure: bool, **given: Any) -> None:
        """Let USER sign in again, with the password and second step of before."""
        act("enable", user, reason, given, _enable, sure=sure)


Act = Callable[[Found, By], None]


def _sign_out(one: Found, by: By) -> None:
    flows.sign_out_everywhere(one.services, one.account, by)


def _unlock(one: Found, by: By) -> None:
    flows.unlock(one.services, one.account, one.users.names(one.user), by)


def _reset(one: Found, by: By) -> None:
    flows.reset_second_step(
        one.services, one.key, reason=by.reason, actor=by.actor, origin=by.origin
    )


def _disable(one: Found, by: By) -> None:
    host = _host_that_can("disable", one)
    if host.is_disabled(one.user):
        raise LookupError(f"{one.name} is disabled already: nothing is to be done.")
    host.disable(one.user, None, _recording(one, EventKind.ACCOUNT_DISABLED, by))


def _enable(one: Found, by: By) -> None:
    host = _host_that_can("enable", one)
    if not host.is_disabled(one.user):
        raise LookupError(f"{one.name} is not disabled: nothing is to be done.")
    host.enable(one.user, None, _recording(one, EventKind.ACCOUNT_ENABLED, by))


def _host_that_can(method: str, one: Found) -> Administration:
    found = one.users.administration
    if found is None or not found.can(method):
        raise LookupError(
            f"This application does not say how to {method} an account: give "
            f"vestibule.administration() an Administration with the method {method}."
        )
    return found


def _recording(one: Found, kind: EventKind, by: By) -> Any:
    return partial(flows.end_all_on, services=one.services, account=one.account, kind=kind, by=by)
