from importlib import import_module

import click

_COMMANDS = {
    "init": "init:init",
    "run": "run:run",
    "doctor": "doctor:doctor",
    "db": "site_db:db",
    "accounts": "site_accounts:accounts",
    "import": "site_moving:import_",
    "export": "site_moving:export",
    "audit": "audit_site:audit",
    "send-mail": "send_mail:send_mail_of_site",
    "purge": "site_purge:purge",
    "demo": "demo:demo",
    "keys": "keys:keys",
}
"""Of each its module in this folder, and its name there."""


class Commands(click.Group):
    """Each command is imported when it is asked for: a host without the extra has some of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        module, _, name = _COMMANDS[cmd_name].partition(":")
        try:
            found: click.Command = getattr(import_module(f"vestibule.cli.{module}"), name)
        except ModuleNotFoundError as error:
            return _missing(cmd_name, error)
        return found


def _missing(name: str, error: ModuleNotFoundError) -> click.Command:
    sentence = f"It needs {error.name}: pip install 'vestibule[site]'."

    @click.command(name, help=sentence, context_settings={"ignore_unknown_options": True})
    @click.argument("given", nargs=-1)
    def missing(given: tuple[str, ...]) -> None:  # noqa: ARG001
        raise click.ClickException(sentence)

    return missing


@click.group("vestibule", cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="vestibule", message="vestibule %(version)s")
def main() -> None:
    """Sign-in with a second step."""
