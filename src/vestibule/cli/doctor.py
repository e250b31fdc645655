"""``vestibule doctor``: the state of health of a ready site."""

import os
import shutil
import sys
from pathlib import Path
from typing import Any

import click
from flask import Flask
from sqlalchemy import make_url, not_, select

from vestibule import Misconfigured
from vestibule.cli.examining import Examined, examine, mail_option, send_a_test, tell
from vestibule.cli.refusing import refusals_as_sentences
from vestibule.cli.site_options import site_options
from vestibule.foundation.services import Services
from vestibule.migrations import revisions
from vestibule.ready_site.instance import OUTBOX, look_at_instance
from vestibule.ready_site.key_file import KEY_FILE
from vestibule.ready_site.models import Account
from vestibule.ready_site.options import CONFIG_FILE, Options, read_options
from vestibule.ready_site.site import create_site
from vestibule.ready_site.start import site_config
from vestibule.subjects.models import Subject

_LEAST_FREE = 500 * 2**20
"""Bytes; below, SQLite's log and the outbox may soon find no place."""


@click.command()
@mail_option
@site_options
@refusals_as_sentences
def doctor(*, mail: str | None, **given: Any) -> None:
    """Tell everything that is wrong, each with the line that mends it; then exit with 1.

    Nothing is changed. A site that runs is not disturbed.
    """
    options = read_options(given)
    if not _is_there(options):
        click.echo(f"There is no site in {options.instance} yet. Fix: vestibule run")
        sys.exit(1)
    found = _examine_folder(options)
    try:
        site = create_site(site_config(options, look_at_instance(options)))
    except Misconfigured as wrong:
        found.wrong += [str(one) for one in wrong.findings]
        tell(found)
    try:
        _examine_site(site, options, found)
        tell(found, send_a_test(site.extensions["vestibule"], mail) if mail else "")
    finally:
        site.extensions["vestibule"].runtime.services.database.dispose()


def _is_there(options: Options) -> bool:
    if not options.is_sqlite:
        return options.instance.exists()
    # SQLite would make an empty file where it is asked for one.
    return Path(make_url(options.database).database or "").exists()


def _examine_site(site: Flask, options: Options, found: Examined) -> None:
    own = examine(site, site.extensions["vestibule"], "vestibule")
    found.wrong += own.wrong
    found.hints += own.hints
    have, newest = revisions(
        options.database,
        location="vestibule:ready_site/migrations",
        version_table="ready_site_version",
    )
    if have != newest:
        found.wrong.append("the site's tables: not those of this version. Fix: vestibule run")
    elif not own.wrong:
        _examine_orphans(site.extensions["vestibule"].runtime.services, found)
    if not options.base_url:
        found.hints.append("VESTIBULE_BASE_URL: not set, which is right on this machine only.")


def _examine_orphans(services: Services, found: Examined) -> None:
    theirs = select(Subject.user_id).where(
        Subject.closed == "", not_(select(Account.id).where(Account.id == Subject.user_id).exists())
    )
    with services.database.read() as connection:
        orphans = connection.execute(theirs.limit(1)).first()
    if orphans:
        found.hints.append(
            "accounts: rows of some were deleted with SQL, so their second steps are still there. "
            f"They open nothing; the first one had the id {orphans.user_id}."
        )


def _examine_folder(options: Options) -> Examined:
    found = Examined()
    free = shutil.disk_usage(options.instance).free
    if free < _LEAST_FREE:
        found.wrong.append(
            f"disk: {free // 2**20} MB are free in {options.instance}; on a full disk nobody can "
            "sign in. Fix: make room"
        )
    for name in ("", KEY_FILE, CONFIG_FILE, "vestibule.db", OUTBOX):
        path = options.instance / name
        if _others_may(path):
            found.wrong.append(f"files: others may open {path}. Fix: chmod go= {path}")
    return found


def _others_may(path: Path) -> bool:
    return os.name == "posix" and path.exists() and bool(path.stat().st_mode & 0o077)
