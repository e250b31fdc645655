import click

from vestibule import new_key


@click.group()
def keys() -> None:
    """The keys that encrypt authenticators' secrets."""


@keys.command()
def new() -> None:
    """Print a new key. It goes in front of the others, which stay to decrypt what is there."""
    click.echo(new_key())
