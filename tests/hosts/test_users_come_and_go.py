"""Deleted users leave nothing usable behind, and whoever gets their key starts anew."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_login import LoginManager, UserMixin
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import delete, text
from sqlalchemy.orm import DeclarativeBase, Mapped, make_transient_to_detached, mapped_column

from tests.stories import HostMaker, settled
from tests.support.host_app import KEY, SECRET_KEY, Host
from tests.support.host_tables import User, db
from tests.support.visitor import Papers, Visitor
from vestibule import EventKind, Misconfigured, Vestibule
from vestibule.authenticators.models import Authenticator
from vestibule.backup_codes.models import BackupCode
from vestibule.host.users import Users, primary_key
from vestibule.sessions.models import Session
from vestibule.subjects.flows import ensure


def by_orm(person: Visitor) -> None:
    db.session.delete(db.session.get(User, int(person.user_id)))


def in_bulk(person: Visitor) -> None:
    db.session.execute(delete(User).where(User.id == int(person.user_id)))


def by_hand(person: Visitor) -> None:
    db.session.execute(text('DELETE FROM "user" WHERE id = :id'), {"id": int(person.user_id)})


def gone(host: Host, person: Visitor, way: Any) -> None:
    with host.app.app_context():
        way(person)
        db.session.commit()


def successor(host: Host, person: Visitor) -> Visitor:
    """A new user to whom SQLite gives the same key."""
    password = "the long password of the newcomer"
    user_id = host.has_user("newcomer", password)
    assert user_id == person.user_id, "SQLite gave another key"
    papers = Papers("newcomer", user_id, password, "newcomer@example.org")
    return Visitor(host, papers, address="192.0.2.7", site="http://localhost")


@pytest.mark.requirement("SES-9")
@pytest.mark.parametrize("way", [by_orm, in_bulk, by_hand])
def test_a_deleted_user_is_signed_out_and_the_newcomer_starts_anew(host: Host, way: Any) -> None:
    ann = settled(host, "ann")
    ann.signs_in()
    gone(host, ann, way)
    assert not ann.is_signed_in()
    newcomer = successor(host, ann)
    assert not ann.is_signed_in(), "the old session opens the newcomer's account"
    assert newcomer.signs_in().path == "/dashboard", "the newcomer is shut out"
    assert not ann.is_signed_in()


def test_deleting_a_user_through_the_orm_takes_factors_and_sessions_along(host: Host) -> None:
    ann = settled(host, "ann")
    ann.signs_in()
    gone(host, ann, by_orm)
    assert host.rows(Authenticator) == host.rows(BackupCode) == host.rows(Session) == []
    assert len(host.events(EventKind.ACCOUNT_FORGOTTEN)) == 1


def test_a_deletion_that_is_rolled_back_changed_nothing(host: Host) -> None:
    ann = settled(host, "ann")
    ann.signs_in()
    with host.app.app_context():
        by_orm(ann)
        db.session.flush()
        db.session.rollback()
    assert ann.is_signed_in()
    ann.signs_out()
    assert ann.enters_password().path == "/verify-2fa"


def test_a_stamp_tells_two_users_of_one_key_apart(make: HostMaker) -> None:
    stamps = {"1": "2026-01-01"}
    users = Users(lambda _: "optional", None, lambda user: stamps[str(user.id)])
    user = type("Plain", (), {"id": 1})()
    first = users.key(user)
    stamps["1"] = "2026-11-01"
    assert users.key(user) != first


def test_the_key_is_the_primary_key_whatever_get_id_says(host: Host) -> None:
    ann = settled(host, "ann")
    with host.app.app_context():
        user = db.session.get(User, int(ann.user_id))
        assert str(primary_key(user)) == ann.user_id
        user.get_id = lambda: "changes with the password"
        assert host.app.extensions["vestibule"].users.key(user) == ann.user_id


@pytest.mark.parametrize("told_apart", [False, True])
def test_users_in_two_tables_must_be_told_apart(tmp_path: Path, told_apart: bool) -> None:
    """Else a stranger who registers gets the key of an administrator, and ends what that has."""
    app = Flask("two kinds")
    app.config.update(
        SECRET_KEY=SECRET_KEY,
        VESTIBULE_KEYS=[KEY],
        SQLALCHEMY_DATABASE_URI=f"sqlite:///{tmp_path / 'host.db'}",
    )
    own = SQLAlchemy(app)

    class Customer(UserMixin, own.Model):  # type: ignore[name-defined, misc]
        id = own.Column(own.Integer, primary_key=True)

    class Admin(UserMixin, own.Model):  # type: ignore[name-defined, misc]
        id = own.Column(own.Integer, primary_key=True)

    LoginManager(app)
    key = (lambda user: f"{user.__tablename__}:{user.id}") if told_apart else None
    Vestibule(app, own, user_key=key)
    app.add_url_rule("/", "index", lambda: "open")
    app.testing = True
    if not told_apart:
        with pytest.raises(Misconfigured, match=r"admin and customer.*user_key"):
            app.test_client().get("/")
        return
    assert app.test_client().get("/").status_code == 200
    services = app.extensions["vestibule"].runtime.services
    with app.app_context():
        own.create_all()
        own.session.add(Admin(id=1))
        own.session.commit()
        admin = ensure(services, "admin:1")
        own.session.add(Customer(id=1))
        own.session.commit()
        assert ensure(services, "admin:1") == admin
        own.engine.dispose()
    services.database.dispose()


def test_parts_of_a_key_cannot_run_into_each_other() -> None:
    class Two(DeclarativeBase):
        pass

    class Member(Two):
        __tablename__ = "member"
        firm: Mapped[str] = mapped_column(primary_key=True)
        name: Mapped[str] = mapped_column(primary_key=True)

    def key(firm: str, name: str) -> str:
        member = Member(firm=firm, name=name)
        make_transient_to_detached(member)
        return str(primary_key(member))

    assert key("acme", "ann") == "acme,ann"
    assert key("a,b", "c") != key("a", "b,c")
    assert key("a\\", "c") != key("a", "\\,c")
