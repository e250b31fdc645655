"""``vestibule init``: an instance folder with keys and a commented configuration, and no more."""

import json
import os
from importlib.resources import files
from pathlib import Path
from typing import Any

import click

from vestibule import Unavailable
from vestibule.cli.helping import CommandWithExamples, examples
from vestibule.cli.mending import line_of_site
from vestibule.cli.new_files import new_file
from vestibule.cli.refusing import refusals_as_sentences
from vestibule.cli.site_options import site_options
from vestibule.ready_site.instance import open_instance
from vestibule.ready_site.key_file import KEY_FILE
from vestibule.ready_site.options import CONFIG_FILE, Options, StartRefused, read_options

_WHO = "NAME --email ADDRESS"


@click.command(cls=CommandWithExamples)
@site_options
@refusals_as_sentences
@examples("", "--instance /var/lib/acme")
def init(**given: Any) -> None:
    """Make the folder of a new site: keys, and a configuration that explains itself.

    Nothing that is there is overwritten: what is missing is made. The tables are made by
    `db upgrade`, or by the first start. `run` makes all of this too, but no configuration.
    """
    os.umask(0o077)
    options = read_options(given)
    config, keys = options.instance / CONFIG_FILE, options.instance / KEY_FILE
    missing = [path for path in (config, keys) if not path.exists()]
    if not missing or (missing == [keys] and _keys_are_given(options)):
        raise StartRefused(
            f"There is a site in {options.instance} already: nothing was changed. See how it is: "
            f"{line_of_site(given, 'doctor')}"
        )
    try:
        open_instance(options)
        if config in missing:
            _write_config(config, given.get("database"))
    except (Unavailable, ValueError) as error:
        raise StartRefused(str(error)) from error
    _tell(given, options, missing)


def _keys_are_given(options: Options) -> bool:
    return bool(options.others.get("secret_key") and options.others.get("keys"))


def _write_config(path: Path, database: str | None) -> None:
    text = files("vestibule.cli").joinpath("config_sample.toml").read_text(encoding="utf-8")
    if database:
        # So that no later command needs it, where other users of the machine could read it.
        sample = next(line for line in text.splitlines() if line.startswith("# database = "))
        text = text.replace(sample, f"database = {json.dumps(database, ensure_ascii=False)}")
    with new_file(path) as file:
        file.write(text)


def _tell(given: dict[str, Any], options: Options, made: list[Path]) -> None:
    words = {
        CONFIG_FILE: "what the site does; each line is explained",
        KEY_FILE: "the keys: back them up, apart from the data",
    }
    click.echo("Made, for you alone:")
    for path in made:
        if path.exists():
            click.echo(f"  {path}  ({words[path.name]})")
    # Where the file names the database now, the next commands need not.
    site = given | {"database": None} if options.instance / CONFIG_FILE in made else given
    click.echo("Next:")
    for next_words in ("doctor", "db upgrade", f"accounts create-admin {_WHO}", "run"):
        click.echo(f"  {line_of_site(site, next_words)}")
