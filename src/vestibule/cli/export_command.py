"""``export``: everybody's authenticators in a file, for an operator who leaves."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

import click

from vestibule.authenticators.enrolment_uri import provisioning_uri
from vestibule.authenticators.exporting import announced, secrets_in_batches
from vestibule.authenticators.importing import ORIGIN
from vestibule.cli.helping import examples
from vestibule.cli.moving_place import Command, OpenPlace, Place, refusing
from vestibule.cli.new_files import new_file
from vestibule.moving.files import URI, NotReadable


def add_export_command(
    group: click.Group, open_place: OpenPlace, options: Callable[[Command], Command]
) -> None:
    """Add the command to a host's or the site's. ``options`` tell ``open_place`` which is meant."""

    @group.command("export")
    @click.option(
        "--to",
        type=click.Path(path_type=Path, allow_dash=True),
        metavar="FILE",
        required=True,
        help="A file that is not there yet.",
    )
    @click.option(
        "--yes-write-secrets", "sure", is_flag=True, help="Do not ask for the name of the site."
    )
    @options
    @refusing
    @examples("--to authenticators.jsonl")
    def export(*, to: Path, sure: bool, **given: Any) -> None:
        """Write every authenticator's secret into FILE, as JSON lines: user, otpauth: address.

        Whoever reads FILE can compute everybody's codes. Backup codes cannot be exported: only
        hashes of them are stored.
        """
        with open_place(**given) as place:
            if not sure:
                _ask(place.services.settings.issuer, to)
            with new_file(_no_terminal(to)) as file:
                count = announced(place.services, ORIGIN)
                _write(place, file)
        click.echo(f"{to} holds the secrets of {count} authenticators.")


def _ask(issuer: str, path: Path) -> None:
    click.echo(
        f"This writes the secret of every authenticator of {issuer} into {path}, readable. "
        "Whoever reads that file can compute everybody's codes.",
        err=True,
    )
    if click.prompt("Name of the site", err=True) != issuer:
        raise click.ClickException("That is another name: nothing was written. Run it again.")


def _write(place: Place, file: TextIO) -> None:
    issuer = place.services.settings.issuer
    for batch in secrets_in_batches(place.services):
        names = place.user_names([one.user_id for one in batch])
        for one in batch:
            user = names.get(one.user_id, one.user_id)
            uri = provisioning_uri(one.secret, user, issuer)
            file.write(json.dumps({"user": user, URI: uri}) + "\n")


def _no_terminal(path: Path) -> Path:
    if str(path) == "-":
        raise NotReadable(
            "Secrets go into a file, never to the standard output: name one that is not there yet."
        )
    return path
