"""Other extensions keep working beside Vestibule, whichever came first."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, g, session
from flask_login import LoginManager, login_user
from flask_migrate import Migrate, migrate, upgrade
from flask_principal import Identity, Principal, identity_changed
from flask_session import Session as ServerSession
from flask_sqlalchemy import SQLAlchemy
from flask_talisman import Talisman
from flask_wtf import CSRFProtect

from tests.stories import HostMaker, settled
from tests.support.host_app import KEY, SECRET_KEY, Host
from tests.support.host_tables import User, db
from vestibule import Misconfigured, Vestibule, upgrade_database


def test_csrf_protect_guards_the_host_and_leaves_our_forms_to_us(make: HostMaker) -> None:
    host = make()
    CSRFProtect(host.app)
    host.app.add_url_rule("/pay", "pay", lambda: "paid", methods=["POST"])
    ann = settled(host.restarted(), "ann").with_the_same_cookies(host)
    assert ann.posts("/pay", {}).status_code == 400
    # The host's own login page in these stories has no token of Flask-WTF.
    host.app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    ann.enters_password()
    host.app.config["WTF_CSRF_CHECK_DEFAULT"] = True
    assert ann.enters_code().path == "/dashboard"


def test_talisman_keeps_its_headers_on_the_hosts_pages(make: HostMaker) -> None:
    host = make(VESTIBULE_HEADERS="own")
    Talisman(host.app, force_https=False, content_security_policy={"default-src": "'self'"})
    ann = settled(host, "ann")
    assert ann.asks("/login").headers["Content-Security-Policy"] == "default-src 'self'"
    ann.enters_password()
    assert ann.asks("/verify-2fa").status_code == 200


def test_a_principal_gets_its_identity_back_after_the_second_step(make: HostMaker) -> None:
    host = make()
    Principal(host.app)
    ann = settled(host.restarted(), "ann").with_the_same_cookies(host)

    def enter() -> Any:
        login_user(db.session.get(User, int(ann.user_id)))
        identity_changed.send(host.app, identity=Identity("ann"))
        return "in"

    def who() -> str:
        return str(g.identity.id)

    host.app.add_url_rule("/enter", "enter", enter)
    host.app.add_url_rule("/who", "who", who)
    ann.asks("/enter")
    assert ann.asks("/who").data == b"None"
    ann.enters_code()
    assert ann.asks("/who").data == b"ann"


def test_sessions_kept_by_the_server_work(make: HostMaker, tmp_path: Path) -> None:
    from cachelib import FileSystemCache

    host = make(
        SESSION_TYPE="cachelib", SESSION_CACHELIB=FileSystemCache(str(tmp_path / "sessions"))
    )
    ServerSession(host.app)
    ann = settled(host, "ann")
    ann.signs_in()
    assert ann.is_signed_in()


@pytest.mark.requirement("SES-3")
def test_a_session_kept_by_the_server_gets_a_new_name_at_the_sign_in(
    make: HostMaker, tmp_path: Path
) -> None:
    """Else whoever planted its cookie before would read what the sign-in wrote into it."""
    from cachelib import FileSystemCache

    host = make(
        SESSION_TYPE="cachelib", SESSION_CACHELIB=FileSystemCache(str(tmp_path / "sessions"))
    )
    ServerSession(host.app)
    ann = settled(host.restarted(), "ann").with_the_same_cookies(host)

    def choose() -> str:
        session["basket"] = ["book"]
        return "chosen"

    def enter() -> Any:
        login_user(db.session.get(User, int(ann.user_id)))
        session["tenant"] = "acme"
        return "in"

    host.app.add_url_rule("/choose", "choose", choose)
    host.app.add_url_rule("/enter", "enter", enter)
    host.app.add_url_rule("/tenant", "tenant", lambda: str(session.get("tenant")))
    ann.asks("/choose")
    planted = ann.cookie("session")
    assert planted
    ann.asks("/enter")
    ann.enters_code()
    assert ann.asks("/tenant").text == "acme"
    thief = ann.in_another_browser()
    thief.client.set_cookie("session", planted)
    assert thief.asks("/tenant").text == "None"


@pytest.fixture
def loggers() -> Iterator[None]:
    """Flask-Migrate's ``env.py`` configures logging, which switches every other logger off."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers, root.level = handlers, level
    for logger in logging.Logger.manager.loggerDict.values():
        if isinstance(logger, logging.Logger):
            logger.disabled = False


@pytest.mark.usefixtures("loggers")
@pytest.mark.filterwarnings("ignore:'get_engine' is deprecated")
@pytest.mark.parametrize("migrate_first", [True, False])
def test_flask_db_migrate_proposes_nothing_of_ours(tmp_path: Path, migrate_first: bool) -> None:
    app = Flask("migrating")
    app.config.update(
        SECRET_KEY=SECRET_KEY,
        VESTIBULE_KEYS=[KEY],
        SQLALCHEMY_DATABASE_URI=f"sqlite:///{tmp_path / 'host.db'}",
    )
    own = SQLAlchemy(app)

    class Thing(own.Model):  # type: ignore[name-defined, misc]
        id = own.Column(own.Integer, primary_key=True)

    LoginManager(app)
    if migrate_first:
        Migrate(app, own)
    Vestibule(app, own)
    if not migrate_first:
        Migrate(app, own)
    folder = str(tmp_path / "migrations")
    with app.app_context():
        upgrade_database(own.engine.url)
        from flask_migrate import init

        init(folder)
        migrate(folder, message="first")
        upgrade(folder)
        migrate(folder, message="second")
        own.engine.dispose()
    proposed = sorted((tmp_path / "migrations" / "versions").glob("*.py"))
    assert len(proposed) == 1, "a second migration was proposed"
    text = proposed[0].read_text()
    assert "thing" in text
    assert "vestibule" not in text


def test_create_all_and_drop_all_cover_our_tables(tmp_path: Path) -> None:
    app = Flask("creating")
    app.config.update(
        SECRET_KEY=SECRET_KEY,
        VESTIBULE_KEYS=[KEY],
        SQLALCHEMY_DATABASE_URI=f"sqlite:///{tmp_path / 'host.db'}",
    )
    own = SQLAlchemy(app)
    LoginManager(app)
    Vestibule(app, own)
    with app.app_context():
        own.create_all()
        from sqlalchemy import inspect

        assert inspect(own.engine).has_table("vestibule_session")
        own.drop_all()
        assert not inspect(own.engine).has_table("vestibule_session")
        own.engine.dispose()


def test_an_address_that_the_host_has_too_stops_the_start_in_words(make: HostMaker) -> None:
    host = make()
    host.app.add_url_rule("/confirm", "order.confirm", lambda: "order confirmed")
    host.app.testing = True
    with pytest.raises(Misconfigured, match=r"/confirm belongs to vestibule\.confirm.*order\.conf"):
        host.app.test_client().get("/")


def test_flask_security_beside_us_stops_the_start_in_words(make: HostMaker) -> None:
    host = make()
    kind = type("Security", (), {"__module__": "flask_security.core"})
    host.app.extensions["security"] = kind()
    host.app.testing = True
    with pytest.raises(Misconfigured, match="Flask-Security"):
        host.app.test_client().get("/")


def test_an_application_that_is_no_flask_is_refused_in_words() -> None:
    kind = type("Quart", (), {"__module__": "quart.app"})
    with pytest.raises(TypeError, match=r"quart\.app\.Quart"):
        Vestibule(kind())  # type: ignore[arg-type]


def test_everybody_let_in_outside_tests_stops_the_start(make: HostMaker) -> None:
    host: Host = make(LOGIN_DISABLED=True)
    assert host.app.test_client().get("/dashboard").status_code == 500
