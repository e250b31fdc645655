"""Keeps the database of a release, people included: ``python -m tests.migrations.released_dump``.

Run it when a version is released whose newest revision has no folder in ``released/`` yet. It
writes the tables of both kinds of database as SQL, and what the people in them know and have.
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
from flask import Flask
from sqlalchemy import make_url

from tests.support.authenticator import Authenticator
from tests.support.person import Person
from tests.support.postgres import PostgresServer
from vestibule import new_key
from vestibule.migrations import revisions
from vestibule.ready_site.extensions import db
from vestibule.ready_site.options import read_options
from vestibule.ready_site.start import prepared_site

FOLDER = Path(__file__).parent / "released"
ADDRESS = "http://localhost"
SECRET_KEY = "of people who do not exist, on a site that never was"
Papers = dict[str, Any]


@contextmanager
def site_on(url: str, folder: Path, key: str) -> Iterator[Flask]:
    """The ready site of this version on a database; it is upgraded by that."""
    environment = {"VESTIBULE_KEYS": key, "VESTIBULE_SECRET_KEY": SECRET_KEY}
    given = {"instance": folder, "database": url, "base_url": ADDRESS}
    app = prepared_site(read_options(given, environment))
    yield app
    with app.app_context():
        db.engine.dispose()
    app.extensions["vestibule"].runtime.services.database.dispose()


def visitor(app: Flask, papers: Papers | None = None) -> Person:
    """Somebody in front of a site in this process."""
    person = Person(ADDRESS, username=papers["username"] if papers else None)
    person.browser.close()
    transport = httpx.WSGITransport(app=app, remote_addr="192.0.2.1")
    person.browser = httpx.Client(base_url=ADDRESS, transport=transport, follow_redirects=True)
    if papers:
        person.password = papers["password"]
        person.authenticator = Authenticator(papers["secret"])
        person.backup_codes = list(papers["backup_codes"])
    return person


def people_come(app: Flask) -> list[Papers]:
    """Rows in every table: sessions, a sign-in between its steps, an offered secret, tries."""
    ann, bob = visitor(app), visitor(app)
    for person in (ann, bob):
        person.registers()
        person.sets_up_authenticator()
    ann.signs_out()
    ann.enters_password(password="not the password")
    ann.signs_in(with_backup_code=True)
    bob.signs_out()
    bob.enters_password()
    visitor(app).registers()
    return [
        {
            "username": one.username,
            "password": one.password,
            "secret": one.secret,
            "backup_codes": one.backup_codes,
        }
        for one in (ann, bob)
    ]


def dump_sqlite(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        return "\n".join(connection.iterdump()) + "\n"


def dump_postgresql(url: str, program: Path) -> str:
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    said = subprocess.run(
        [program, "--inserts", "--no-owner", "--no-privileges", address],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    # Settings of that server and of psql, and comments with its version.
    dull = ("--", "SET ", "SELECT pg_catalog.set_config", "\\")
    lines = [line for line in said.splitlines() if line and not line.startswith(dull)]
    return "\n".join(lines) + "\n"


def main() -> None:
    with tempfile.TemporaryDirectory() as name, PostgresServer.running() as server:
        folder = Path(name)
        sqlite_url = f"sqlite:///{folder / 'site.db'}"
        with server.empty_database() as postgresql_url:
            papers: dict[str, Any] = {}
            for url in (sqlite_url, postgresql_url):
                key = new_key()
                with site_on(url, folder / "instance", key) as app:
                    people = people_come(app)
                papers[make_url(url).get_backend_name()] = {"key": key, "people": people}
            sqlite = dump_sqlite(folder / "site.db")
            postgresql = dump_postgresql(postgresql_url, server.program("pg_dump"))
            newest = revisions(sqlite_url).newest
            kept = FOLDER / newest
            kept.mkdir(parents=True)
            (kept / "sqlite.sql").write_text(sqlite)
            (kept / "postgresql.sql").write_text(postgresql)
            (kept / "people.json").write_text(json.dumps(papers, indent=2) + "\n")
    sys.stdout.write(f"{kept} holds the tables of revision {newest}.\n")


if __name__ == "__main__":
    main()
