"""What ``audit verify`` says of the log, for people and for programs."""

import itertools
import json
import sys
from collections.abc import Iterable, Iterator
from typing import Any, TextIO

import click

from vestibule.audit.exported_seals import troubles_with_exported
from vestibule.audit.rows import shown
from vestibule.audit.seals import Seal
from vestibule.audit.verifying import Verification
from vestibule.cli.progress import progress
from vestibule.foundation.services import Services
from vestibule.moving.files import NotReadable

CHANGED = 3
"""Exit code of a verification that found something."""
_MOST_TOLD = 20


def verify_log(services: Services, seals: TextIO | None, *, as_json: bool) -> None:
    """Print the verdict, and end the process unless the log is what was written."""
    with progress(services, "Events") as told:
        looked = Verification(services, told)
        troubles = looked.troubles()
        if seals:
            exported = troubles_with_exported(services, _seals_of(seals))
            troubles = itertools.chain(troubles, exported)
        count = tell_troubles(troubles, as_json=as_json)
    if as_json:
        click.echo(json.dumps(_as_json(looked, count)))
    else:
        _tell_of(looked, count)
    if count:
        sys.exit(CHANGED)
    if looked.of_unknown_keys:
        sys.exit(1)


def _as_json(looked: Verification, count: int) -> dict[str, Any]:
    return {
        "events": looked.events,
        "seals": looked.seals,
        "unsigned": looked.unsigned,
        "waiting": looked.waiting,
        "purged_through": looked.purged.through if looked.purged else None,
        "of_unknown_keys": {str(one): lines for one, lines in looked.of_unknown_keys.items()},
        "findings": count,
    }


def _tell_of(looked: Verification, count: int) -> None:
    click.echo(f"{looked.events} events, {looked.seals} seals.")
    if purged := looked.purged:
        click.echo(
            f"Seals up to {purged.through} were purged on {purged.at[:19]} UTC, says "
            f"event {purged.event}. Was that you?"
        )
    if looked.unsigned:
        click.echo(
            f"{looked.unsigned} events were written before events were signed: they are as they "
            "were when they were sealed."
        )
    if looked.waiting:
        click.echo(f"{looked.waiting} events wait for a seal, since {looked.waiting_since} UTC.")
    for key_id, lines in looked.of_unknown_keys.items():
        click.echo(
            f"{lines} signatures are of key {shown(str(key_id))}, which is not configured. Put it "
            "back to check them.",
            err=True,
        )
    if count:
        click.echo(
            f"The log is not what was written: {count} findings. Keep a copy of the database "
            "before anything else.",
            err=True,
        )
    elif not looked.of_unknown_keys:
        click.echo("The log is what was written.")


def tell_troubles(troubles: Iterable[str], *, as_json: bool = False) -> int:
    """Print what is wrong, the first of it at least; how much it was."""
    count = 0
    for count, trouble in enumerate(troubles, start=1):
        if as_json or count <= _MOST_TOLD:
            click.echo(json.dumps({"finding": trouble}) if as_json else trouble)
    if count > _MOST_TOLD and not as_json:
        click.echo(f"… and {count - _MOST_TOLD} more.")
    return count


def _seals_of(file: TextIO) -> Iterator[Seal]:
    number = 0
    try:
        for line in file:
            number += 1
            yield Seal.of_line(line)
    except UnicodeDecodeError as error:
        raise NotReadable(_no_seal(number + 1, file)) from error
    except (ValueError, TypeError) as error:
        raise NotReadable(_no_seal(number, file)) from error
    if not number:
        raise NotReadable(f"{file.name} holds no seal. Take a file of `audit export-seals`.")


def _no_seal(number: int, file: TextIO) -> str:
    return (
        f"Line {number} of {file.name} is no exported seal. Take the file as `audit export-seals` "
        "wrote it."
    )
