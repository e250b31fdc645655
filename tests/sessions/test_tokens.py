"""The session's token: where it is, where it is not, and when it is dead."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from sqlalchemy import select

from tests.stories import HostMaker, settled
from tests.support.host_app import Host
from tests.support.movable import in_a_thread_of_its_own
from tests.support.visitor import Visitor
from vestibule import login_gate
from vestibule.sessions.models import Session
from vestibule.signin.models import PendingSignin


@pytest.mark.requirement("SES-2")
@pytest.mark.requirement("FLOW-8")
def test_signing_out_kills_a_copied_cookie(ann: Visitor) -> None:
    ann.signs_in()
    copy = ann.with_the_same_cookies()
    other_worker = ann.with_the_same_cookies(ann.host.restarted())
    assert copy.is_signed_in()
    assert other_worker.is_signed_in()
    ann.signs_out()
    assert ann.cookie("vestibule") is None
    assert not copy.is_signed_in()
    assert not other_worker.is_signed_in()
    assert ann.host.rows(Session) == []


@pytest.mark.requirement("P7")
def test_signing_out_ends_a_session_that_gets_another_token_at_this_moment(
    ann: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A code is confirmed in a second tab, or by a thief, while the owner's click is on its way."""
    ann.signs_in()
    tab, code, real = ann.with_the_same_cookies(), ann.fresh_code(), login_gate.sign_out

    def sign_out(*given: Any) -> None:
        in_a_thread_of_its_own(lambda: tab.fills_in("/confirm", totp_code=code))
        assert tab.is_signed_in()
        real(*given)

    monkeypatch.setattr(login_gate, "sign_out", sign_out)
    before = len(ann.host.events("session.ended"))
    ann.signs_out()
    assert not tab.is_signed_in()
    assert len(ann.host.events("session.ended")) == before + 1


@pytest.mark.requirement("FLOW-8")
def test_asking_for_the_sign_out_address_signs_nobody_out(ann: Visitor) -> None:
    ann.signs_in()
    assert ann.asks("/logout").status_code == 405
    assert ann.is_signed_in()


def test_signing_out_here_leaves_another_browser_signed_in(ann: Visitor) -> None:
    other = ann.in_another_browser()
    ann.signs_in()
    other.signs_in()
    ann.signs_out()
    assert other.is_signed_in()


@pytest.mark.requirement("SES-4")
def test_the_database_holds_only_the_tokens_hash(ann: Visitor) -> None:
    ann.enters_password()
    pending = ann.cookie("vestibule-pending")
    (row,) = ann.host.rows(PendingSignin)
    assert pending
    assert row.id == hashlib.sha256(pending.encode()).hexdigest()
    ann.enters_code()
    token = ann.cookie("vestibule")
    (row,) = ann.host.rows(Session)
    assert token
    assert row.id == hashlib.sha256(token.encode()).hexdigest()
    everything = str(ann.host.snapshot())
    assert token not in everything
    assert pending not in everything


@pytest.mark.requirement("SES-4")
def test_what_stands_in_the_database_opens_nothing(ann: Visitor) -> None:
    ann.signs_in()
    (row,) = ann.host.rows(Session)
    thief = ann.in_another_browser()
    thief.client.set_cookie("vestibule", row.id)
    assert not thief.is_signed_in()


@pytest.mark.requirement("SES-1")
@pytest.mark.parametrize("token", ["x" * 43, "", "0", "é", "x" * 4000])
def test_a_token_of_somebodys_making_is_never_adopted(ann: Visitor, token: str) -> None:
    for name in ("vestibule", "vestibule-pending"):
        ann.client.set_cookie(name, token)
    assert not ann.is_signed_in()
    ann.signs_in()
    assert ann.is_signed_in()
    assert ann.cookie("vestibule") != token
    assert ann.cookie("vestibule-pending") != token


@pytest.mark.requirement("SES-1")
def test_a_token_has_256_bits(ann: Visitor) -> None:
    ann.enters_password()
    pending = ann.cookie("vestibule-pending")
    ann.enters_code()
    token = ann.cookie("vestibule")
    assert pending
    assert token
    # 32 random bytes in base64url; that they come from `secrets` is shown where tokens are made.
    assert (len(pending), len(token)) == (43, 43)
    assert pending != token


def test_flasks_own_cookie_says_nothing_about_who_is_signed_in(ann: Visitor) -> None:
    ann.signs_in()
    flask_only = ann.in_another_browser()
    with ann.host.app.test_request_context():
        serializer = ann.host.app.session_interface.get_signing_serializer(ann.host.app)
        forged = serializer.dumps({"_user_id": ann.user_id, "_fresh": True, "_id": "x"})
    flask_only.client.set_cookie("session", forged)
    assert not flask_only.is_signed_in()
    ann.client.delete_cookie("session")
    assert ann.is_signed_in()


def test_a_session_row_of_an_older_version_is_dead(database_url: str, make: HostMaker) -> None:
    host = make(database_url)
    ann = settled(host, "ann")
    ann.signs_in()
    host.revokes(ann.user_id)
    assert not ann.is_signed_in()
    with host.engine.connect() as connection:
        assert len(connection.execute(select(Session)).all()) == 1


def test_rows_whose_time_is_over_are_purged(host: Host) -> None:
    ann = settled(host, "ann")
    ann.signs_in()
    ann.in_another_browser().enters_password()
    host.clock.moves(hours=35)
    host.app.extensions["vestibule"].purged_at = float("-inf")
    ann.opens("/login")
    assert host.rows(Session) == []
    assert host.rows(PendingSignin) == []
