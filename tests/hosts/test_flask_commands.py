"""``flask vestibule``: tables and health of a host's Vestibule, on the command line."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from flask_login import LoginManager
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import create_engine, text

from tests.support.host_app import KEY, SECRET_KEY
from vestibule import Vestibule
from vestibule.cli.flask_group import group


def host_app(folder: Path, **config: Any) -> Flask:
    app = Flask("host")
    app.config.update(
        SECRET_KEY=SECRET_KEY,
        VESTIBULE_KEYS=[KEY],
        SQLALCHEMY_DATABASE_URI=f"sqlite:///{folder / 'host.db'}",
    )
    app.config.update(config)
    LoginManager(app)
    Vestibule(app, SQLAlchemy(app))
    return app


def says(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(group, words)


def test_the_tables_are_made_once_and_checked(tmp_path: Path) -> None:
    app = host_app(tmp_path)
    before = says(app, "db", "check")
    assert before.exit_code == 1
    assert "flask vestibule db upgrade" in before.output
    assert says(app, "db", "current").output.startswith("none (newest: ")
    for _ in range(2):
        assert says(app, "db", "upgrade").exit_code == 0
    assert says(app, "db", "check").exit_code == 0
    assert "none" not in says(app, "db", "current").output


def test_tables_of_a_newer_version_are_left_alone(tmp_path: Path) -> None:
    app = host_app(tmp_path)
    says(app, "db", "upgrade")
    engine = create_engine(app.config["SQLALCHEMY_DATABASE_URI"])
    with engine.begin() as connection:
        connection.execute(text("UPDATE vestibule_version SET version_num = '9999'"))
    engine.dispose()
    refused = says(app, "db", "upgrade")
    assert refused.exit_code == 1
    assert "newer version" in refused.output


def test_the_doctor_finds_nothing_in_a_healthy_host(tmp_path: Path) -> None:
    app = host_app(tmp_path)
    says(app, "db", "upgrade")
    assert says(app, "doctor").output == "Nothing is wrong.\n"


def test_the_doctor_tells_everything_at_once_with_what_mends_it(tmp_path: Path) -> None:
    app = host_app(tmp_path, SECRET_KEY="dev", VESTIBULE_ISSUER="A:B", VESTIBULE_KEYS=[])
    said = says(app, "doctor")
    assert said.exit_code == 1
    for name in ("SECRET_KEY", "VESTIBULE_ISSUER", "VESTIBULE_KEYS", "db upgrade"):
        assert name in said.output
    assert says(app, "db", "upgrade").exit_code == 0, "the command line is never blocked"


@pytest.mark.parametrize("words", [("db", "upgrade"), ("doctor",)])
def test_an_application_without_us_is_told_so(words: tuple[str, ...]) -> None:
    said = says(Flask("bare"), *words)
    assert said.exit_code == 1
    assert "Vestibule(app, db)" in said.output
