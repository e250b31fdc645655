"""``vestibule doctor``: the state of health of a ready site."""

import os
import shlex
import shutil
from functools import partial
from pathlib import Path
from typing import Any

import click
from flask import Flask
from sqlalchemy import not_, select

from vestibule import Misconfigured
from vestibule.cli.examining import Examined, Line, examine, mail_option, send_a_test, tell
from vestibule.cli.helping import CommandWithExamples, examples, json_option
from vestibule.cli.mending import line_of_site, mended_at_site
from vestibule.cli.refusing import refusals_as_sentences
from vestibule.cli.site_db import has_database, is_there, site_revisions
from vestibule.cli.site_options import site_options
from vestibule.foundation.services import Services
from vestibule.ready_site.instance import OUTBOX, look_at_instance
from vestibule.ready_site.key_file import KEY_FILE
from vestibule.ready_site.models import Account
from vestibule.ready_site.options import CONFIG_FILE, Options, StartRefused, read_options
from vestibule.ready_site.site import create_site
from vestibule.ready_site.start import site_config
from vestibule.settings import Finding
from vestibule.subjects.models import Subject

_LEAST_FREE = 500 * 2**20
"""Bytes; below, SQLite's log and the outbox may soon find no place."""


@click.command(cls=CommandWithExamples)
@mail_option
@json_option
@site_options
@refusals_as_sentences
@examples("", "--mail ops@example.org", "--json")
def doctor(*, mail: str | None, as_json: bool, **given: Any) -> None:
    """Tell everything that is wrong, each with the line that mends it; then exit with 1.

    Nothing is changed. A site that runs is not disturbed.
    """
    found, line = Examined(), partial(line_of_site, given)
    try:
        options = read_options(given)
        if not is_there(options):
            sentence = f"There is none in {options.instance} yet."
            found.wrong.append(Finding("site", sentence, line("init")))
            tell(found, as_json=as_json)
        _examine_folder(options, found)
        if not has_database(options):
            # SQLite would make an empty file where it is asked for one.
            found.wrong.append(Finding("tables", "There are none yet.", line("db upgrade")))
            tell(found, as_json=as_json)
        site = create_site(site_config(options, look_at_instance(options)))
    except Misconfigured as wrong:
        found.wrong += [mended_at_site(one, options) for one in wrong.findings]
        tell(found, as_json=as_json)
    except StartRefused as refusal:
        found.wrong.append(Finding("start", str(refusal), ""))
        tell(found, as_json=as_json)
    installed = site.extensions["vestibule"]
    try:
        _examine_site(site, options, found, line)
        if mail and (problem := send_a_test(installed, mail)):
            found.wrong.append(mended_at_site(problem, options))
        tell(found, as_json=as_json)
    finally:
        installed.runtime.services.database.dispose()


def _examine_site(site: Flask, options: Options, found: Examined, line: Line) -> None:
    own = examine(site, site.extensions["vestibule"], line)
    found.wrong += [mended_at_site(one, options) for one in own.wrong]
    found.hints += own.hints
    if not own.wrong:
        if not site_revisions(options)["site"].fits:
            problem = "Those of the site are not those of this version."
            found.wrong.append(Finding("tables", problem, line("db upgrade")))
        else:
            _examine_orphans(site.extensions["vestibule"].runtime.services, found)
    if not options.base_url:
        problem = "Not set, which is right on this machine only."
        hint = Finding("VESTIBULE_BASE_URL", problem, 'VESTIBULE_BASE_URL = "https://example.org"')
        found.hints.append(mended_at_site(hint, options))


def _examine_orphans(services: Services, found: Examined) -> None:
    theirs = select(Subject.user_id).where(
        Subject.closed == "", not_(select(Account.id).where(Account.id == Subject.user_id).exists())
    )
    with services.database.read() as connection:
        orphans = connection.execute(theirs.limit(1)).first()
    if orphans:
        problem = (
            "Rows of some were deleted with SQL, so their second steps are still there. They open "
            f"nothing; the first one had the id {orphans.user_id}."
        )
        found.hints.append(Finding("accounts", problem, ""))


def _examine_folder(options: Options, found: Examined) -> None:
    free = shutil.disk_usage(options.instance).free
    if free < _LEAST_FREE:
        problem = (
            f"{free // 2**20} MB are free in {options.instance}; on a full disk nobody can sign in."
        )
        found.wrong.append(Finding("disk", problem, "make room"))
    for name in ("", KEY_FILE, CONFIG_FILE, "vestibule.db", OUTBOX):
        path = options.instance / name
        if _others_may(path):
            problem = f"Others may open {path}."
            found.wrong.append(Finding("files", problem, f"chmod go= {shlex.quote(str(path))}"))
    for path in sorted(options.instance.iterdir()):
        if _of_another(options.instance, path):
            problem = f"{path} belongs to another user than the folder: the site may not open it."
            places = shlex.join([f"--reference={options.instance}", str(path)])
            found.wrong.append(Finding("files", problem, f"chown {places}"))


def _of_another(folder: Path, path: Path) -> bool:
    """A command that root ran leaves what the site's own user cannot open."""
    return os.name == "posix" and path.exists() and path.stat().st_uid != folder.stat().st_uid


def _others_may(path: Path) -> bool:
    return os.name == "posix" and path.exists() and bool(path.stat().st_mode & 0o077)
