"""``keys``: which there are, what they are needed for, and secrets under the newest one."""

import json
import sys
from collections.abc import Callable
from typing import Any

import click

from vestibule.authenticators.importing import ORIGIN
from vestibule.authenticators.reencrypting import how_many_left, reencrypt
from vestibule.cli.helping import examples
from vestibule.cli.moving_place import Command, OpenPlace, refusing
from vestibule.cli.progress import progress
from vestibule.foundation.services import Services
from vestibule.host.key_uses import has_signed, sealed_with


def add_show_command(
    group: click.Group, open_place: OpenPlace, options: Callable[[Command], Command]
) -> None:
    @group.command()
    @click.option("--json", "as_json", is_flag=True, help="For programs.")
    @options
    @refusing
    @examples("", "--json")
    def show(*, as_json: bool, **given: Any) -> None:
        """List the keys by their ids, and what each is still needed for. No key is printed."""
        with open_place(**given) as place:
            keyring = place.services.keyring
            told = [_facts(place.services, one) for one in keyring.listed]
        if as_json:
            click.echo(json.dumps(told, indent=2))
            return
        for one in told:
            uses = [f"{count} {what}" for what, count in one["opens"].items()]
            if one["has_signed"]:
                uses.append("the audit log")
            role = "encrypts" if one["current"] else "only decrypts"
            click.echo(f"{one['id']}  {role}; needed for: {', '.join(uses) or 'nothing'}")


def reencrypt_all(services: Services) -> None:
    """With a bar; ends the process with 1 where secrets could not be read."""
    left = how_many_left(services)
    done = unreadable = 0
    with progress(services, "Secrets", left) as told:
        for batch in reencrypt(services, ORIGIN):
            done += batch.done
            unreadable += batch.unreadable
            told(batch.done + batch.unreadable)
    click.echo(f"{done} secrets are now encrypted with key {services.keyring.current_id}.")
    if unreadable:
        click.echo(
            f"{unreadable} could not be read with any key and were left as they are. Fix: put the "
            "key that they were encrypted with back, and run this again.",
            err=True,
        )
        sys.exit(1)


def refuse_where_needed(services: Services, key_id: str, *, leave_log: bool) -> None:
    """Raises ClickException for the current key, and while something needs that one."""
    if key_id not in services.keyring.ids:
        raise click.ClickException(f"There is no key {key_id}. See: keys show")
    if key_id == services.keyring.current_id:
        raise click.ClickException("That key encrypts. First: keys rotate")
    opens = sealed_with(services, key_id)
    if opens:
        needed = ", ".join(f"{count} {what}" for what, count in opens.items())
        raise click.ClickException(
            f"Key {key_id} still opens {needed}. What waits is over within two days; for "
            "authenticators: keys rotate"
        )
    if has_signed(services, key_id) and not leave_log:
        raise click.ClickException(
            f"Events were signed with key {key_id}, so without it they cannot be verified. Run "
            "audit verify, export the seals, and give --leave-log-unverified; or wait until these "
            "events are purged."
        )


def _facts(services: Services, key_id: str) -> dict[str, Any]:
    return {
        "id": key_id,
        "current": key_id == services.keyring.current_id,
        "opens": sealed_with(services, key_id),
        "has_signed": has_signed(services, key_id),
    }
