"""Users are found by the key that a file has for them, whatever they are stored in."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_login import LoginManager, UserMixin
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Integer, String, Uuid

from tests.support.host_app import KEY, SECRET_KEY
from vestibule import Vestibule
from vestibule.host.lookup import user_keys

ANN = uuid.UUID("6f1ae7a0-4f4e-4d2c-9a55-0d6f0e3f8a11")


@pytest.fixture(params=[(Integer, 7), (String, "ann"), (Uuid, ANN)], ids=["int", "text", "uuid"])
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Flask, Any]]:
    kind, key = request.param
    app = Flask("host")
    app.config.update(
        SECRET_KEY=SECRET_KEY,
        VESTIBULE_KEYS=[KEY],
        SQLALCHEMY_DATABASE_URI=f"sqlite:///{tmp_path / 'host.db'}",
    )
    db = SQLAlchemy(app)

    class User(UserMixin, db.Model):  # type: ignore[name-defined, misc]
        id = db.Column(kind, primary_key=True)

    LoginManager(app)
    Vestibule(app, db)
    with app.app_context():
        db.create_all()
        db.session.add(User(id=key))
        db.session.commit()
        yield app, key
        db.engine.dispose()
    app.extensions["vestibule"].runtime.services.database.dispose()


def test_a_key_is_found_as_it_is_written(app: tuple[Flask, Any]) -> None:
    host, key = app
    installed = host.extensions["vestibule"]
    given = [str(key), "07", " 7", "٧", "", "nobody", "7.0", "a\0b", "9" * 40]
    assert user_keys(installed, given) == {str(key): str(key)}


def test_a_store_that_is_no_sql_is_asked_through_the_loader(tmp_path: Path) -> None:
    app = Flask("host")
    app.config.update(
        SECRET_KEY=SECRET_KEY,
        VESTIBULE_KEYS=[KEY],
        VESTIBULE_DATABASE=f"sqlite:///{tmp_path / 'own.db'}",
    )
    people = {7: type("Person", (UserMixin,), {"id": 7})()}
    manager = LoginManager(app)
    Vestibule(app)
    manager.user_loader(lambda user_id: people.get(int(user_id)))
    with app.app_context():
        assert user_keys(app.extensions["vestibule"], ["7", "8", "x"]) == {"7": "7"}
    app.extensions["vestibule"].runtime.services.database.dispose()
