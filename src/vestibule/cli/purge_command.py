"""``purge``: what is over goes now, instead of little by little while people come."""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from vestibule.cli.helping import examples, json_option, program
from vestibule.cli.moving_place import Command, OpenPlace, refusing
from vestibule.foundation.services import Services
from vestibule.host.purging import purge
from vestibule.notices.transports import MailFolder, transport_of

_DAY = 86400


def add_purge_command(
    group: click.Group, open_place: OpenPlace, options: Callable[[Command], Command]
) -> None:
    """Add the command to a host's or the site's. ``options`` tell ``open_place`` which is meant."""

    @group.command("purge")
    @click.option(
        "--mail-files",
        "days",
        type=click.IntRange(min=1),
        metavar="DAYS",
        help="Also delete files in the outbox folder that are older than so many days.",
    )
    @json_option
    @options
    @refusing
    @examples("", "--mail-files 30", "--json")
    def purge_(*, days: int | None, as_json: bool, **given: Any) -> None:
        """Delete everything whose time is over: sessions, links, counts of tries, sent mails.

        Running processes do so by themselves, every ten minutes, once somebody comes. Nobody waits
        for it, it may be stopped at any moment, and a second run finds nothing. Events stay: see
        `audit purge`. Mails in the outbox folder are files, and may be the only copy: they go only
        with --mail-files.
        """
        with open_place(**given) as place:
            gone = purge(place.services, _told())
            if days is not None:
                gone["mail files"] = _purge_files(place.services, days)
        if sys.stderr.isatty():
            click.echo(err=True)
        if as_json:
            told = {what.replace(" ", "_").replace("-", "_"): n for what, n in gone.items()}
            click.echo(json.dumps(told))
            return
        deleted = ", ".join(f"{count} {what}" for what, count in gone.items() if count)
        click.echo(f"Deleted: {deleted or 'nothing'}.")
        click.echo(f"Events stay. Old ones go with: {program()} audit purge --older-than DAYS")


def _told() -> Callable[[str, int], None]:
    """How much went so far, in one line of a terminal."""
    done = 0

    def tell(what: str, count: int) -> None:
        nonlocal done
        done += count
        if sys.stderr.isatty():
            click.echo(f"\r{done} rows deleted ({what}) …\x1b[K", nl=False, err=True)

    return tell


def _purge_files(services: Services, days: int) -> int:
    transport = transport_of(services.settings.mail)
    if not isinstance(transport, MailFolder):
        raise click.ClickException(
            "Mails go to a server, so there is no outbox folder. Leave --mail-files out."
        )
    count = 0
    for path in transport.path.glob("*.eml"):
        count += _is_gone(path, time.time() - days * _DAY)
    return count


def _is_gone(path: Path, before: float) -> bool:
    try:
        if path.is_symlink() or path.stat().st_mtime >= before:
            return False
        path.unlink()
    except FileNotFoundError:
        # A mail program took it meanwhile.
        return False
    except OSError as error:
        raise click.ClickException(
            f"{path} cannot be deleted: {error.strerror}. Run it as the user that the site runs as."
        ) from error
    return True
