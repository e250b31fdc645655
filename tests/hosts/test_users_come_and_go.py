"""Deleted users leave nothing usable behind, and whoever gets their key starts anew."""

from typing import Any

import pytest
from sqlalchemy import delete, text

from tests.stories import HostMaker, settled
from tests.support.host_app import Host
from tests.support.host_tables import User, db
from tests.support.visitor import Papers, Visitor
from vestibule import EventKind
from vestibule.authenticators.models import Authenticator
from vestibule.backup_codes.models import BackupCode
from vestibule.host.users import Users, primary_key
from vestibule.sessions.models import Session


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
        assert primary_key(user) == ann.user_id
        user.get_id = lambda: "changes with the password"
        assert host.app.extensions["vestibule"].users.key(user) == ann.user_id
