"""What stops a command is told in one sentence, never as a stack trace."""

import functools
import sys
from collections.abc import Callable

import click

from vestibule import Misconfigured
from vestibule.ready_site.options import StartRefused


def refusals_as_sentences(command: Callable[..., None]) -> Callable[..., None]:
    """Print a refusal on stderr and end with exit code 1."""

    @functools.wraps(command)
    def wrapped(**given: object) -> None:
        try:
            command(**given)
        except (StartRefused, Misconfigured) as refusal:
            click.echo(str(refusal), err=True)
            sys.exit(1)

    return wrapped
