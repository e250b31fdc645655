import contextlib

import click

from vestibule import new_key
from vestibule.cli.helping import SiteGroup, examples


@click.group(cls=SiteGroup)
def keys() -> None:
    """The keys that encrypt authenticators' secrets."""


@keys.command()
@examples("")
def new() -> None:
    """Print a new key. It goes in front of the others, which stay to decrypt what is there."""
    click.echo(new_key())


# A host makes its keys before it installs what a site needs.
with contextlib.suppress(ModuleNotFoundError):
    from vestibule.cli.site_keys import add_site_keys

    add_site_keys(keys)
