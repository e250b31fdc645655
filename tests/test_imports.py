"""A start is quick: what only some sites, commands or pages need is loaded when it is needed."""

import subprocess
import sys
import textwrap
from pathlib import Path

LATER = {
    "alembic",  # and with it Mako and Pygments: making tables
    "babel.dates",  # pages and mails with a date
    "mako",
    "prometheus_client",  # /metrics
    "pygments",
    "segno",  # QR pictures
    "webauthn",  # passkeys
    "zxcvbn",  # new passwords of the ready site
    "vestibule.admin_pages.views",  # hosts with administrators
    "vestibule.cli",
    "vestibule.migrations",
    "vestibule.moving",
    "vestibule.ready_site",
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
