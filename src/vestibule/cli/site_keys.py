"""``vestibule keys``: the key file of a ready site, changed while the site runs."""

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from vestibule import new_key
from vestibule.cli.key_commands import add_show_command, reencrypt_all, refuse_where_needed
from vestibule.cli.moving_place import refusing
from vestibule.cli.refusing import refusals_as_sentences
from vestibule.cli.site_options import site_options
from vestibule.cli.site_place import open_site
from vestibule.foundation.keyring import LOOKS_EVERY
from vestibule.foundation.services import Services
from vestibule.host.key_uses import has_signed, sealed_with
from vestibule.migrations.stored_keys import stored_ids
from vestibule.ready_site.key_file import KEY_FILE, only_one, read_key_file, replace_key_file
from vestibule.ready_site.options import StartRefused, read_options

_UNTIL_ALL_KNOW = LOOKS_EVERY + 2
"""Seconds; then every process of the site has read the file again."""


def add_site_keys(group: click.Group) -> None:
    add_show_command(group, open_site, site_options)
    group.add_command(add)
    group.add_command(rotate)
    group.add_command(retire)


@click.command()
@site_options
@refusals_as_sentences
def add(**given: Any) -> None:
    """Add a new key behind the others: running processes learn to read it, nothing uses it yet.

    Where several machines share a database, give all of them the new file before `keys rotate`.
    """
    path = _key_file(given)
    with only_one(path):
        key_id = _add(path)
    click.echo(f"Key {key_id} is in {path}. It encrypts from `vestibule keys rotate` on.")


@click.command()
@click.option("--no-wait", is_flag=True, help="The site does not run, so nobody has to be told.")
@site_options
@refusals_as_sentences
@refusing
def rotate(*, no_wait: bool, **given: Any) -> None:
    """Encrypt every secret with a new key, while the site runs.

    A key that `keys add` left behind the others is taken, else a new one is made. It may be stopped
    at any moment: the next run goes on from there. Old keys stay until `keys retire`.
    """
    path = _key_file(given)
    with only_one(path):
        if _is_done(given):
            added = _unused(given, path)
            if added is None:
                added = _add(path)
                if not no_wait:
                    click.echo("Waiting until every process knows the new key ...", err=True)
                    time.sleep(_UNTIL_ALL_KNOW)
            _put_first(path, added)
        # Opened anew: the ring of this process has the new order.
        with open_site(**given) as place:
            reencrypt_all(place.services)
    click.echo("Back the key file up now, apart from the database. See: vestibule keys show")


@click.command()
@click.argument("key_id")
@click.option(
    "--leave-log-unverified",
    "leave_log",
    is_flag=True,
    help="Also where events were signed with it, which then nobody can verify.",
)
@site_options
@refusals_as_sentences
@refusing
def retire(*, key_id: str, leave_log: bool, **given: Any) -> None:
    """Take the key KEY_ID out of the key file. Refused while something needs it."""
    path = _key_file(given)
    with only_one(path):
        with open_site(**given) as place:
            refuse_where_needed(place.services, key_id, leave_log=leave_log)
        keys = read_key_file(path)
        kept = tuple(one for one in keys.keys if _id(one) != key_id)
        replace_key_file(path, replace(keys, keys=kept))
    click.echo(f"Key {key_id} is out of {path}. Backups of the database may still need it.")


def _key_file(given: dict[str, Any]) -> Path:
    options = read_options(given)
    if options.others.get("keys"):
        raise StartRefused(
            "The keys come from the environment (VESTIBULE_KEYS): put a new one in front there, "
            "start the site anew, and run this without a key file in between."
        )
    path = options.instance / KEY_FILE
    if not path.exists():
        raise StartRefused(f"There is no key file {path}. See --instance; or: vestibule run")
    return path


def _is_done(given: dict[str, Any]) -> bool:
    """Whether the last rotation came to its end."""
    with open_site(**given) as place:
        return not _stored(place.services) - {place.services.keyring.current_id}


def _stored(services: Services) -> frozenset[str]:
    with services.database.read() as connection:
        return stored_ids(connection)


def _unused(given: dict[str, Any], path: Path) -> str | None:
    """A key that waits behind the others: whoever stopped before it was put first had added it."""
    last = _id(read_key_file(path).keys[-1])
    with open_site(**given) as place:
        keyring = place.services.keyring
        has_a_past = last == keyring.current_id or _has_a_past(place.services, last)
    return None if has_a_past else last


def _has_a_past(services: Services, key_id: str) -> bool:
    return has_signed(services, key_id) or bool(sealed_with(services, key_id))


def _add(path: Path) -> str:
    keys = read_key_file(path)
    made = new_key()
    replace_key_file(path, replace(keys, keys=(*keys.keys, made)))
    return _id(made)


def _put_first(path: Path, key_id: str) -> None:
    keys = read_key_file(path)
    ordered = sorted(keys.keys, key=lambda one: _id(one) != key_id)
    replace_key_file(path, replace(keys, keys=tuple(ordered)))


def _id(key: str) -> str:
    return key.partition(":")[0]
