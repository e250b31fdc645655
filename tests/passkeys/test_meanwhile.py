"""What happens elsewhere after a passkey was judged, and before its session is opened."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import delete, update

from tests.support.host_app import Host
from tests.support.passkey_person import shows
from tests.support.soft_passkey import SoftPasskey
from tests.support.visitor import Visitor
from vestibule.admin.flows import reset_second_step
from vestibule.audit.values import Origin
from vestibule.passkey_pages import signing_in
from vestibule.passkeys.models import Passkey
from vestibule.sessions.models import Session
from vestibule.signin import second_step


def revoked(host: Host, kim: Visitor) -> None:
    host.revokes(kim.user_id)


def reset(host: Host, kim: Visitor) -> None:
    told = {"reason": "lost", "actor": "an operator", "origin": Origin("", "", "")}
    reset_second_step(host.services, kim.user_id, **told)


def removed(host: Host, _: Visitor) -> None:
    with host.engine.begin() as connection:
        connection.execute(delete(Passkey))


def found_to_be_copied(host: Host, _: Visitor) -> None:
    with host.engine.begin() as connection:
        connection.execute(update(Passkey).values(copied=True))


@pytest.mark.requirement("P7", "FLOW-5")
@pytest.mark.parametrize("happens", [revoked, reset, removed, found_to_be_copied])
@pytest.mark.parametrize("purpose", ["sign-in", "second-step"])
def test_what_is_taken_away_meanwhile_wins(
    kim: Visitor,
    device: SoftPasskey,
    happens: Callable[[Host, Visitor], None],
    purpose: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if purpose == "second-step":
        kim.enters_password()
    there, name = (
        (signing_in, "judge_alone") if purpose == "sign-in" else (second_step, "judge_passkey")
    )
    judge = getattr(there, name)

    def and_then(*given: object) -> object:
        judged = judge(*given)
        happens(kim.host, kim)
        return judged

    monkeypatch.setattr(there, name, and_then)
    assert shows(kim, device, purpose=purpose).path == "/login"
    assert kim.host.rows(Session) == []
    assert not kim.is_signed_in()
