"""How far a long command is, on a terminal that shows the standard error."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from vestibule.audit.verifying import how_many
from vestibule.foundation.services import Services


@contextmanager
def progress(
    services: Services, label: str, total: int | None = None
) -> Iterator[Callable[[int], None]]:
    """A bar for ``total`` steps, by default for all events; call what is given with steps made."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    length = how_many(services) if total is None else total
    with click.progressbar(length=length, label=label, show_pos=True, file=sys.stderr) as bar:
        yield bar.update
