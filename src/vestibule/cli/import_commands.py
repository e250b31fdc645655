"""``import table|file|flask-security``: the same for a host and for the ready site."""

import json
from collections.abc import Callable
from typing import Any, TextIO

import click

from vestibule.cli.helping import examples
from vestibule.cli.importing import import_authenticators
from vestibule.cli.moving_place import Command, OpenPlace, refusing, source_engine
from vestibule.moving.files import NotReadable, read_people
from vestibule.moving.flask_security import read_flask_security, unwrapper
from vestibule.moving.tables import read_table

write_option = click.option("--write", is_flag=True, help="Do it. Without, nothing is written.")
json_lines_option = click.option(
    "--json", "as_json", is_flag=True, help="For programs: an object in each line, the counts last."
)
from_option = click.option(
    "--from", "source", metavar="URL", help="The database to read. By default this one."
)
_user_help = "Column with the user"


def add_import_commands(
    group: click.Group,
    open_place: OpenPlace,
    options: Callable[[Command], Command],
    *,
    users: str,
    column: str,
) -> None:
    """Add the three commands. ``options`` are those that tell ``open_place`` which site is meant;
    ``users`` says in words what names a user there, ``column`` where Flask-Security has that.
    """

    def command(name: str, *own: Callable[[Command], Command]) -> Callable[[Command], Command]:
        def decorate(function: Command) -> Command:
            decorators: list[Callable[[Command], Command]] = [
                json_lines_option,
                write_option,
                options,
                *reversed(own),
            ]
            for one in decorators:
                function = one(function)
            return group.command(name)(refusing(function))

        return decorate

    @command(
        "table",
        click.option("--table", "name", required=True, help="The table."),
        click.option("--user", required=True, help=f"{_user_help}: {users}."),
        click.option("--secret", required=True, help="Column with the base32 secret."),
        click.option(
            "--switched-on",
            metavar="COLUMN",
            help="Column that is true where the person finished setting it up.",
        ),
        from_option,
    )
    @examples(
        "--table user --user id --secret totp_secret",
        "--table user --user id --secret totp_secret --write",
    )
    def table(
        *,
        name: str,
        user: str,
        secret: str,
        switched_on: str | None,
        source: str | None,
        write: bool,
        as_json: bool,
        **given: Any,
    ) -> None:
        """Take over secrets that stand readable in a column of a table."""
        with open_place(**given) as place, source_engine(source or place.database_url) as engine:
            rows = read_table(engine, name, user=user, secret=secret, switched_on=switched_on)
            import_authenticators(
                place.services, rows, place.user_keys, write=write, as_json=as_json
            )

    @command("file", click.argument("people", type=click.File(encoding="utf-8")))
    @examples("people.csv", "people.csv --write", "people.csv --json")
    def file(*, people: TextIO, write: bool, as_json: bool, **given: Any) -> None:
        """Take over the rows of PEOPLE: user and otpauth: address, as CSV or JSON lines.

        "-" is the standard input.
        """
        with open_place(**given) as place:
            import_authenticators(
                place.services, read_people(people), place.user_keys, write=write, as_json=as_json
            )

    @command(
        "flask-security",
        click.option("--table", "name", default="user", show_default=True, help="The user table."),
        click.option("--user", default=column, show_default=True, help=f"{_user_help}: {users}."),
        click.option(
            "--secrets",
            type=click.File(encoding="utf-8"),
            help="JSON file with SECURITY_TOTP_SECRETS, which the secrets are encrypted with.",
        ),
        from_option,
    )
    @examples("--secrets secrets.json", "--secrets secrets.json --write")
    def flask_security(
        *,
        name: str,
        user: str,
        secrets: TextIO | None,
        source: str | None,
        write: bool,
        as_json: bool,
        **given: Any,
    ) -> None:
        """Take over the second steps of Flask-Security-Too.

        The recovery codes stay behind: they have another shape.
        """
        unwrap = unwrapper(_totp_secrets(secrets))
        with open_place(**given) as place, source_engine(source or place.database_url) as engine:
            rows = read_flask_security(engine, name, user=user, unwrap=unwrap)
            import_authenticators(
                place.services, rows, place.user_keys, write=write, as_json=as_json
            )


def _totp_secrets(file: TextIO | None) -> dict[str, str]:
    if file is None:
        return {}
    try:
        found = json.load(file)
    except ValueError:
        found = None
    if not isinstance(found, dict) or not found:
        raise NotReadable('The file of secrets looks like {"1": "…"}.')
    return {str(tag): str(secret) for tag, secret in found.items()}
