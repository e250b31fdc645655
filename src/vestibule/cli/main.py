import click

from vestibule.cli.demo import demo
from vestibule.cli.keys import keys
from vestibule.cli.run import run


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="vestibule", message="%(prog)s %(version)s")
def main() -> None:
    """Sign-in with a second step."""


main.add_command(run)
main.add_command(demo)
main.add_command(keys)
