"""``flask vestibule``: tables and health of a host's Vestibule, on the command line."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from flask_login import LoginManager
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import create_engine, inspect, text

from tests.stories import HostMaker, settled
from tests.support.host_app import KEY, SECRET_KEY, Host
from tests.support.host_tables import Users
from tests.support.visitor import Visitor
from vestibule import Required, Vestibule
from vestibule.cli.flask_group import group
from vestibule.host.calls import calls_never_seen


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
    assert says(app, "db", "current").output.startswith("vestibule: none (newest: ")
    for _ in range(2):
        assert says(app, "db", "upgrade").exit_code == 0
    assert says(app, "db", "check").exit_code == 0
    assert "none" not in says(app, "db", "current").output


def test_create_all_makes_the_tables_of_this_version(tmp_path: Path) -> None:
    """As applications do that never heard of migrations, at every start."""
    app = host_app(tmp_path)
    db = app.extensions["sqlalchemy"]
    with app.app_context():
        db.create_all()
        assert says(app, "db", "check").exit_code == 0
        assert says(app, "db", "upgrade").exit_code == 0
        db.create_all()
        db.drop_all()
        assert says(app, "db", "current").output.startswith("vestibule: none")
        assert says(app, "db", "upgrade").exit_code == 0


def test_create_all_is_not_in_the_way_of_an_upgrade(tmp_path: Path) -> None:
    """A start of a new version, before its upgrade: half of the new tables would stop that."""
    app = host_app(tmp_path)
    says(app, "db", "upgrade")
    engine = create_engine(app.config["SQLALCHEMY_DATABASE_URI"])
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE vestibule_event"))
    with app.app_context():
        app.extensions["sqlalchemy"].create_all()
    assert not inspect(engine).has_table("vestibule_event")
    engine.dispose()


def test_tables_of_a_newer_version_are_left_alone(tmp_path: Path) -> None:
    app = host_app(tmp_path)
    says(app, "db", "upgrade")
    engine = create_engine(app.config["SQLALCHEMY_DATABASE_URI"])
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE vestibule_version SET version_num = '9999', oldest_code = '9998'")
        )
    engine.dispose()
    refused = says(app, "db", "upgrade")
    assert refused.exit_code == 1
    assert "newer version" in refused.output


def test_the_doctor_finds_nothing_in_a_healthy_host(tmp_path: Path) -> None:
    app = host_app(tmp_path)
    says(app, "db", "upgrade")
    assert says(app, "doctor").output.startswith("Nothing is wrong.\n")


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


CALLS = ["password_try", "password_changed", "sign_out_everywhere", "forget"]


def never_seen(host: Host) -> list[str]:
    return [call.setting for call in calls_never_seen(host.services)]


def test_the_doctor_names_the_calls_that_were_never_seen(tmp_path: Path) -> None:
    app = host_app(tmp_path)
    says(app, "db", "upgrade")
    said = says(app, "doctor")
    assert said.exit_code == 0
    assert [line.split(":")[0] for line in said.output.splitlines()[1:]] == [
        "passkeys",
        *CALLS,
        "VESTIBULE_MAIL",
    ]
    assert "vestibule.password_try(name, user)" in said.output


def test_a_call_of_another_process_was_seen(make: HostMaker) -> None:
    host = make()
    ann = settled(host, "ann")
    ann.enters_password("not it")
    assert never_seen(host.restarted()) == CALLS[1:]
    with host.app.test_request_context():
        user = Users().find("ann")
        host.vestibule.password_changed(user)
        host.vestibule.sign_out_everywhere(user)
    assert never_seen(host.restarted()) == ["forget"]
    host.loses_user("ann")
    assert never_seen(host.restarted()) == []


def test_codes_alone_are_no_call_of_password_try(make: HostMaker) -> None:
    host = make()
    ann = Visitor.new(host, "ann")
    ann.posts("/login-with-link", {"username": "ann"})
    ann.sets_up()
    assert host.events("try.taken")
    assert "password_try" in never_seen(host)


@pytest.mark.parametrize("typed", ["nina", "nina@example.org", "1"])
def test_an_administrator_makes_a_link_for_a_user(make: HostMaker, typed: str) -> None:
    host = make(VESTIBULE_BASE_URL="http://localhost")
    host.vestibule.policy(lambda user, context: Required(by_link=True))
    nina = Visitor.new(host, "nina")
    said = says(host.app, "enrolment-link", typed)
    assert said.exit_code == 0
    link, told = said.output.splitlines()
    assert "For nina. It works once, until 20" in told
    nina.opens(link.removeprefix("http://localhost"))
    nina.enters_password()
    assert nina.sets_up().path == "/dashboard"


@pytest.mark.parametrize(
    ("typed", "config", "words"),
    [
        ("nobody", {}, "There is no user with the key or the name 'nobody'."),
        ("2", {}, "'2' means several users. Name one by its key: 1, 2."),
        ("ann", {}, "has a second step already"),
        ("1", {"VESTIBULE_BASE_URL": ""}, "VESTIBULE_BASE_URL"),
        ("1", {"VESTIBULE_KEYS": []}, "flask vestibule doctor"),
    ],
)
def test_where_no_link_can_be_made_it_is_told_in_words(
    make: HostMaker, typed: str, config: dict[str, Any], words: str
) -> None:
    host = make(VESTIBULE_BASE_URL="http://localhost")
    host.has_user("2", "the first user is called 2")
    settled(host, "ann")
    app = host.app
    if config:
        app = host_app(host.folder, SQLALCHEMY_DATABASE_URI=host.url, **config)
        if "VESTIBULE_KEYS" not in config:
            app = host.restarted(**config).app
    said = says(app, "enrolment-link", typed)
    assert said.exit_code == 1
    assert words in said.output
