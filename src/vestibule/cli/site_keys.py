"""``vestibule keys``: the key file of a ready site, changed while the site runs."""

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from vestibule import new_key
from vestibule.cli.helping import CommandWithExamples, examples
from vestibule.cli.key_commands import add_show_command, reencrypt_all, refuse_where_needed
from vestibule.cli.moving_place import refusing
from vestibule.cli.refusing import refusals_as_sentences
from vestibule.cli.site_options import site_options
from vestibule.cli.site_place import open_site
from vestibule.foundation.keyring import LOOKS_EVERY
from vestibule.foundation.services import Services
from vestibule.migrations.stored_keys import stored_ids
from vestibule.ready_site.key_file import KEY_FILE, only_one, read_key_file, replace_key_file
from vestibule.ready_site.options import StartRefused, read_options

_UNTIL_ALL_KNOW = LOOKS_EVERY + 2
"""Seconds; then every process of the site has read the file again."""
_UNTIL_ALL_IS_STORED = LOOKS_EVERY + 12
"""Seconds; then what a process sealed before that is in the database: nobody waits for a lock so
long."""


def add_site_keys(group: click.Group) -> None:
    add_show_command(group, open_site, site_options)
    group.add_command(add)
    group.add_command(rotate)
    group.add_command(retire)


@click.command(cls=CommandWithExamples)
@site_options
@refusals_as_sentences
@examples("")
def add(**given: Any) -> None:
    """Add a new key behind the others: running processes learn to read it, nothing uses it yet.

    Where several machines share a database, give all of them the new file before `keys rotate`.
    """
    path = _key_file(given)
    with only_one(path):
        key_id = _add(path)
    click.echo(f"Key {key_id} is in {path}. It encrypts from `vestibule keys rotate` on.")


@click.command(cls=CommandWithExamples)
@click.option("--no-wait", is_flag=True, help="The site does not run, so nobody has to be told.")
@site_options
@refusals_as_sentences
@refusing
@examples("", "--no-wait")
def rotate(*, no_wait: bool, **given: Any) -> None:
    """Encrypt every secret with a new key, while the site runs.

    A key that `keys add` left behind the others is taken, else a new one is made. It may be stopped
    at any moment: the next run goes on from there. Old keys stay until `keys retire`.
    """
    path = _key_file(given)
    with only_one(path):
        if _is_done(given):
            added = _waiting(path)
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


@click.command(cls=CommandWithExamples)
@click.argument("key_id")
@click.option(
    "--leave-log-unverified",
    "leave_log",
    is_flag=True,
    help="Also where events were signed with it, which then nobody can verify.",
)
@click.option("--no-wait", is_flag=True, help="The site does not run, so nobody uses the key.")
@site_options
@refusals_as_sentences
@refusing
@examples("0a1b2c3d")
def retire(*, key_id: str, leave_log: bool, no_wait: bool, **given: Any) -> None:
    """Take the key KEY_ID out of the key file. Refused while something needs it."""
    path = _key_file(given)

    def refuse() -> None:
        with open_site(**given) as place:
            refuse_where_needed(place.services, key_id, leave_log=leave_log)

    with only_one(path):
        refuse()
        seconds = 0.0 if no_wait else _until_nobody_uses_it(path)
        if seconds:
            # A process that has not read the file since the rotation encrypts with the old key, and
            # what it encrypted could never be read again.
            click.echo("Waiting until no process uses the key any more ...", err=True)
            time.sleep(seconds)
            refuse()
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


def _until_nobody_uses_it(path: Path) -> float:
    """Seconds, from the last change of the file on."""
    since = time.time() - path.stat().st_mtime
    return min(max(_UNTIL_ALL_IS_STORED - since, 0.0), _UNTIL_ALL_IS_STORED)


def _waiting(path: Path) -> str | None:
    """A key that was added and never put first. Not any that nothing needs: an old one may have
    been read by a thief.
    """
    keys = read_key_file(path)
    return keys.waiting if keys.waiting in {_id(one) for one in keys.keys} else None


def _add(path: Path) -> str:
    keys = read_key_file(path)
    made = new_key()
    replace_key_file(path, replace(keys, keys=(*keys.keys, made), waiting=_id(made)))
    return _id(made)


def _put_first(path: Path, key_id: str) -> None:
    keys = read_key_file(path)
    ordered = sorted(keys.keys, key=lambda one: _id(one) != key_id)
    replace_key_file(path, replace(keys, keys=tuple(ordered), waiting=""))


def _id(key: str) -> str:
    return key.partition(":")[0]
