"""A test client that is signed in without the pages."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_login import LoginManager, UserMixin, current_user, login_required
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from tests.support.host_app import KEY, SECRET_KEY, Host
from tests.support.host_tables import User, db
from tests.support.visitor import Visitor
from vestibule import Vestibule
from vestibule.authenticators.models import Authenticator
from vestibule.sessions.models import Session
from vestibule.testing import signed_in, temporary_database


def user_of(host: Host, username: str = "ann") -> User:
    """As a fixture of a host returns it: its database session is over."""
    host.has_user(username, "the password")
    with host.app.app_context():
        found: User = db.session.scalar(db.select(User).filter_by(username=username))
        db.session.commit()
        return found


def test_who_must_have_a_second_step_has_passed_it(tested: Host) -> None:
    client = signed_in(tested.app.test_client(), user_of(tested))
    page = client.get("/dashboard")
    assert "Welcome, ann" in page.text
    assert "aal2" in page.text
    assert len(tested.rows(Authenticator)) == 1


def test_who_may_have_one_has_none_unless_asked(optional: Host) -> None:
    ann, ben = user_of(optional), user_of(optional, "ben")
    assert "aal1" in signed_in(optional.app.test_client(), ann).get("/dashboard").text
    assert optional.rows(Authenticator) == []
    page = signed_in(optional.app.test_client(), ben, level="aal2").get("/dashboard")
    assert "aal2" in page.text
    assert "Welcome, ben" in page.text
    assert len(optional.rows(Authenticator)) == 1


def test_who_has_a_second_step_has_passed_it(optional: Host) -> None:
    """And keeps the one authenticator, in the next client too."""
    ann = user_of(optional)
    signed_in(optional.app.test_client(), ann, level="aal2")
    assert "aal2" in signed_in(optional.app.test_client(), ann).get("/dashboard").text
    assert len(optional.rows(Authenticator)) == 1


def test_a_session_that_would_open_nothing_is_refused_in_words(tested: Host) -> None:
    with pytest.raises(ValueError, match="ann must have a second step"):
        signed_in(tested.app.test_client(), user_of(tested), level="aal1")
    assert tested.rows(Session) == []


def test_the_session_is_like_any_other(optional: Host) -> None:
    ann = user_of(optional)
    client = signed_in(optional.app.test_client(), ann)
    assert [event.kind for event in optional.events("signin.completed")] or optional.rows(Session)
    with optional.app.test_request_context():
        optional.vestibule.password_changed(ann)
    assert client.get("/dashboard").status_code == 302


def test_another_user_takes_the_clients_place(optional: Host) -> None:
    client = signed_in(optional.app.test_client(), user_of(optional))
    signed_in(client, user_of(optional, "ben"))
    assert "Welcome, ben" in client.get("/dashboard").text


def test_a_sign_in_between_the_steps_is_over(tested: Host) -> None:
    ann = Visitor.new(tested, "ann")
    ann.enters_password()
    assert ann.cookie("vestibule-pending")
    with tested.app.app_context():
        user = db.session.get(User, int(ann.user_id))
        assert "Welcome, ann" in signed_in(ann.client, user).get("/dashboard").text
    assert ann.cookie("vestibule-pending") is None


def test_a_site_behind_https_and_with_a_name_of_its_own(make: Any) -> None:
    host = make(
        TESTING=True,
        SERVER_NAME="shop.example",
        PREFERRED_URL_SCHEME="https",
        VESTIBULE_BASE_URL="https://shop.example",
        SESSION_COOKIE_SECURE=True,
    )
    client = signed_in(host.app.test_client(), user_of(host))
    assert client.get_cookie("__Host-vestibule", domain="shop.example")
    assert "Welcome, ann" in client.get("/dashboard").text


def test_a_user_who_is_gone_or_not_there_yet(optional: Host) -> None:
    ann = user_of(optional)
    optional.loses_user("ann")
    with pytest.raises(LookupError, match="not in the database any more"):
        signed_in(optional.app.test_client(), ann)
    with pytest.raises(LookupError, match="in no database yet"):
        signed_in(optional.app.test_client(), User(username="new", email="", password_hash=""))


class Base(DeclarativeBase):
    pass


class Member(UserMixin, Base):  # type: ignore[misc]
    __tablename__ = "member"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)


def test_any_key_and_a_database_in_memory(tmp_path: Path) -> None:
    app = Flask("members")
    app.config.update(
        TESTING=True,
        SECRET_KEY=SECRET_KEY,
        SQLALCHEMY_DATABASE_URI="sqlite://",
        VESTIBULE_KEYS=[KEY],
        VESTIBULE_DATABASE=temporary_database(tmp_path),
        VESTIBULE_POLICY="required",
    )
    own = SQLAlchemy(app, model_class=Base)
    manager = LoginManager(app)
    manager.user_loader(lambda user_id: own.session.get(Member, uuid.UUID(user_id)))
    Vestibule(app, own)

    @app.get("/")
    @login_required  # type: ignore[untyped-decorator]
    def index() -> str:
        return str(current_user.id)

    with app.app_context():
        own.create_all()
        member = Member()
        own.session.add(member)
        own.session.commit()
        assert signed_in(app.test_client(), member).get("/").text == str(member.id)
    with app.app_context():
        own.engine.dispose()
    app.extensions["vestibule"].runtime.services.database.dispose()


class Someone(UserMixin):  # type: ignore[misc]
    """A user who is in no SQL database at all."""

    id = "someone@example.org"


def test_users_who_are_in_no_database(make: Any) -> None:
    host = make(TESTING=True)
    host.app.login_manager.user_loader(lambda _: Someone())
    client = signed_in(host.app.test_client(), Someone())
    assert client.get("/backup-codes").status_code == 200
