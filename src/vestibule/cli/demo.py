"""``vestibule demo``: a database full of accounts, so that anybody can load-test a site."""

import json
import os
import secrets
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any, TextIO

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from sqlalchemy import select

from vestibule.backup_codes.values import BackupCode, new_set
from vestibule.cli.demo_rows import Maker, Rows
from vestibule.cli.demo_story import fill_with_people
from vestibule.cli.helping import CommandWithExamples, examples
from vestibule.cli.mending import line_of_site
from vestibule.cli.progress import progress
from vestibule.cli.refusing import refusals_as_sentences
from vestibule.cli.site_options import site_options
from vestibule.cli.terminal_set_up import show_secret
from vestibule.foundation.database import Database
from vestibule.foundation.hashing import Hasher, default_slots
from vestibule.foundation.keyring import Keyring
from vestibule.ready_site.models import Account
from vestibule.ready_site.options import MAY_WRITE, Options, StartRefused, read_options
from vestibule.ready_site.start import prepare, prepared_site
from vestibule.subjects.models import Subject

BATCH = 5_000
"""Accounts of one transaction: the more, the fewer times is a page of an index written."""
CODES = 10
_CORES = default_slots() + 1

Hashed = list[tuple[BackupCode, str]]


@click.command(cls=CommandWithExamples)
@click.option("--accounts", type=click.IntRange(1), help="How many accounts. By default 40.")
@click.option("--keep", type=click.IntRange(0), help="How many of them FILE holds; default: 100.")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="For a load test: plain accounts, and FILE with what opens those that are kept (JSON).",
)
@site_options
@refusals_as_sentences
@examples(
    "--instance demo",
    "--accounts 200 --instance demo",
    "--accounts 100000 --keep 1000 --output people.json --instance load-test",
)
def demo(*, accounts: int | None, keep: int | None, output: Path | None, **given: Any) -> None:
    """Fill an empty database with people, to look at a site or to load-test one.

    To look at: a month of sign-ins, and one administrator, whose password and authenticator are
    printed, as a QR code too. Nobody knows the passwords of the others.

    With FILE, to load-test: all share one password, and its hash; each has an authenticator with a
    secret of its own. Those that are kept have ten backup codes too. FILE opens these accounts: it
    is for nobody else.
    """
    options = read_options(given)
    os.umask(0o077)
    if output is not None and accounts is None:
        raise click.UsageError("Say how many with --accounts.")
    if output is None and keep is not None:
        raise click.UsageError("--keep needs a file: say --output.")
    keyring = Keyring(prepare(options).keys)
    database = Database(options.database)
    _refuse_accounts(database, options.shown_database)
    if output is None:
        database.dispose()
        _fill_to_look_at(options, accounts or 40, line_of_site(given, "run"))
        return
    count = accounts or 0
    kept = min(count, 100 if keep is None else keep)
    with _written_whole(output) as file, _progress() as bars:
        users = _fill(database, keyring, count, kept, bars)
        json.dump({"users": users}, file)
    click.echo(f"{count} accounts are in {options.shown_database}; {output} opens {kept}.")


def _fill_to_look_at(options: Options, count: int, run: str) -> None:
    installed = prepared_site(options).extensions["vestibule"]
    services = installed.runtime.services
    try:
        with progress(services, "Accounts", count) as told:
            opens = fill_with_people(services, count, told)
    finally:
        services.database.dispose()
    click.echo(f"{count} accounts are in {options.shown_database}. Start the site:")
    click.echo(f"  {run}")
    click.echo("and sign in as an administrator, for whom /admin is open too:")
    click.echo(f"  user name: {opens.login}\n  password:  {opens.password}", err=True)
    show_secret(opens.secret, opens.login, services.settings.issuer)


def _refuse_accounts(database: Database, shown: str) -> None:
    """Demo accounts beside real ones would be open doors: whoever has FILE has their password."""
    with database.read() as connection:
        for column in (Account.id, Subject.id):
            if connection.execute(select(column).limit(1)).first():
                raise StartRefused(
                    f"The database {shown} holds accounts already: give an empty one."
                )


def _fill(
    database: Database, keyring: Keyring, accounts: int, kept: int, progress: Progress
) -> list[dict[str, Any]]:
    """Write all accounts; returns what opens the first ``kept`` of them."""
    password = secrets.token_urlsafe(15)
    users = []
    bar = progress.add_task("Writing accounts", total=accounts)
    with _hasher() as hasher:
        maker = Maker(keyring, _hash(hasher, password))
        code_sets = _hashed_sets(hasher, kept, progress)
        for start in range(0, accounts, BATCH):
            rows = Rows()
            for number in range(start, min(start + BATCH, accounts)):
                codes = next(code_sets, [])
                name = maker.name(number)
                made = maker.add_account(rows, name, codes)
                if number < kept:
                    shown = [code.shown for code, _ in codes]
                    users.append(
                        {
                            "login": name,
                            "password": password,
                            "secret": made.secret,
                            "backup": shown,
                        }
                    )
            with database.write() as connection:
                if database.dialect == "sqlite":
                    # Room for the indexes: a page that does not fit is written many times over.
                    connection.exec_driver_sql("PRAGMA cache_size = -500000")
                rows.write(connection)
            progress.update(bar, completed=min(start + BATCH, accounts))
    return users


def _hashed_sets(hasher: Hasher, count: int, progress: Progress) -> Iterator[Hashed]:
    """Sets of backup codes with their hashes, made on all cores: argon2 leaves the GIL alone."""
    bar = progress.add_task("Hashing backup codes", total=count * CODES)
    sets = [new_set(CODES) for _ in range(count)]
    with ThreadPoolExecutor(_CORES) as pool:
        hashes = pool.map(lambda code: _hash(hasher, code.secret), chain.from_iterable(sets))
        for codes in sets:
            yield [(code, next(hashes)) for code in codes]
            progress.advance(bar, CODES)


@contextmanager
def _hasher() -> Iterator[Hasher]:
    """All cores may hash: nobody is served meanwhile."""
    with tempfile.TemporaryDirectory() as folder:
        yield Hasher(slots=_CORES, waiting=_CORES, folder=Path(folder))


def _hash(hasher: Hasher, text: str) -> str:
    with hasher.slot() as slot:
        return slot.hash(text)


@contextmanager
def _written_whole(path: Path) -> Iterator[TextIO]:
    """A file that is there, readable by its owner only, once the block has ended well."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            yield file
        draft.replace(path)
    except OSError as error:
        raise StartRefused(
            f"The file {path} cannot be written: {error.strerror}. {MAY_WRITE}"
        ) from error
    finally:
        draft.unlink(missing_ok=True)


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
