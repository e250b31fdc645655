"""A start is quick: what only some sites, commands or pages need is loaded when it is needed."""

import subprocess
import sys
import textwrap
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

from flask import Blueprint, Flask

import vestibule
from vestibule.host.rules import add_rules

LATER = {
    "alembic",  # and with it Mako and Pygments: making tables
    "babel.dates",  # pages and mails with a date
    "email.headerregistry",  # mails
    "mako",
    "prometheus_client",  # /metrics
    "psycopg",  # a site on PostgreSQL
    "pygments",
    "pyotp",  # codes
    "segno",  # QR pictures
    "smtplib",
    "sqlalchemy.dialects.postgresql",
    "webauthn",  # passkeys
    "wtforms",  # pages with a form
    "zxcvbn",  # new passwords of the ready site
    "vestibule.account_pages",
    "vestibule.admin_pages",  # hosts with administrators
    "vestibule.audit.reading",  # who looks at the log, and its seals
    "vestibule.cli",
    "vestibule.confirm",
    "vestibule.migrations",
    "vestibule.moving",
    "vestibule.notices.sending",
    "vestibule.passkey_pages",
    "vestibule.passkeys.flows",
    "vestibule.ready_site",
    "vestibule.signin.second_step",
    "vestibule.signin.views",
    "vestibule.testing",
}

A_HOST = """
    import sys
    from flask import Flask
    from flask_login import LoginManager
    from flask_sqlalchemy import SQLAlchemy
    from vestibule import Vestibule, new_key

    app = Flask("host")
    app.config.update(
        SECRET_KEY="of a test",
        SQLALCHEMY_DATABASE_URI="sqlite:///" + sys.argv[1],
        VESTIBULE_KEYS=[new_key()],
    )
    db = SQLAlchemy(app)
    LoginManager(app)
    Vestibule(app, db)
    print(*sys.modules)
"""


def test_an_application_starts_without_what_only_some_need(tmp_path: Path) -> None:
    assert not LATER & _loaded_by(A_HOST, tmp_path)


def test_a_server_loads_every_page_before_it_forks(tmp_path: Path) -> None:
    loads_all = f"""{A_HOST}
    from vestibule.host.rules import load_all

    load_all()
    print(*sys.modules)
"""
    found = {one.name for one in walk_packages(vestibule.__path__, "vestibule.")}
    pages = {one for one in found if one.endswith((".views", ".forms", ".flows"))}
    elsewhere = ("vestibule.admin", "vestibule.ready_site")

    assert {one for one in pages if not one.startswith(elsewhere)} <= _loaded_by(
        loads_all, tmp_path
    )


def test_every_address_has_a_view() -> None:
    app, pages = Flask("host"), Blueprint("vestibule", "host")
    add_rules(pages)
    app.register_blueprint(pages)
    ours = [view for name, view in app.view_functions.items() if name != "static"]

    assert ours
    for view in ours:
        assert callable(getattr(import_module(view.__module__), view.__name__))


def test_the_names_that_are_loaded_later_are_there(tmp_path: Path) -> None:
    asked = """
        import sys
        from vestibule import upgrade_database
        upgrade_database("sqlite:///" + sys.argv[1])
        print(*sys.modules)
    """

    assert "alembic" in _loaded_by(asked, tmp_path)


def _loaded_by(program: str, folder: Path) -> set[str]:
    command = [sys.executable, "-c", textwrap.dedent(program), str(folder / "host.db")]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return set(done.stdout.split())
