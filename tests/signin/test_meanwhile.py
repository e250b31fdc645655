"""What happens elsewhere between the beginning and the end of one request."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import delete

from tests.support.host_app import Host
from tests.support.movable import DatabaseClockWithMeanwhile
from tests.support.seen import Seen
from tests.support.visitor import Visitor
from vestibule.authenticators.models import Authenticator
from vestibule.sessions.models import Session
from vestibule.signin.models import PendingSignin


def meanwhile(host: Host, happens: Callable[[], object]) -> None:
    clock = DatabaseClockWithMeanwhile(host.services.database)
    clock.meanwhile = happens
    host.gets(database_clock=clock)


def switched_off(host: Host) -> None:
    host.sets(Authenticator, disabled_at=datetime.now(UTC))


def gone(host: Host, model: type[Session | PendingSignin]) -> None:
    with host.engine.begin() as connection:
        connection.execute(delete(model))


def at_confirm(ann: Visitor) -> Callable[[], Seen]:
    ann.signs_in()
    ann.host.clock.moves(minutes=11)
    page, code = ann.opens("/confirm?next=/setup-2fa"), ann.fresh_code()
    return lambda: ann.sends(page, page.form(with_field="totp_code"), totp_code=code)


def test_the_authenticator_is_switched_off_while_one_confirms(ann: Visitor) -> None:
    send = at_confirm(ann)
    meanwhile(ann.host, lambda: switched_off(ann.host))
    page = send()
    assert page.path == "/login"
    assert "Sign in once more to confirm that it is you." in page.text
    assert page.form(with_field="password").fields["next"] == "/setup-2fa"


@pytest.mark.requirement("FLOW-5")
@pytest.mark.parametrize("how", ["revoked", "signed out"])
def test_the_session_ends_while_one_confirms(ann: Visitor, how: str) -> None:
    send = at_confirm(ann)
    end = (lambda: ann.host.revokes("1")) if how == "revoked" else (lambda: gone(ann.host, Session))
    meanwhile(ann.host, end)
    page = send()
    assert page.path == "/login"
    assert "You were signed out meanwhile. Sign in again." in page.text
    assert ann.host.events("session.confirmed") == []


def test_the_authenticator_is_switched_off_while_one_signs_in(ann: Visitor) -> None:
    ann.enters_password()
    meanwhile(ann.host, lambda: switched_off(ann.host))
    page = ann.enters_code()
    assert page.status == 422
    assert "Codes from the app are no longer accepted for this account." in page.text
    assert not ann.is_signed_in()


@pytest.mark.requirement("FLOW-5")
@pytest.mark.parametrize("how", ["revoked", "cancelled"])
def test_the_sign_in_ends_while_the_code_is_compared(ann: Visitor, how: str) -> None:
    ann.enters_password(next_url="/dashboard?tab=2")
    end = (
        (lambda: ann.host.revokes("1"))
        if how == "revoked"
        else (lambda: gone(ann.host, PendingSignin))
    )
    meanwhile(ann.host, end)
    page = ann.enters_code()
    assert page.path == "/login"
    assert "This sign-in is over. Sign in again." in page.text
    fields = page.form(with_field="password").fields
    assert (fields["username"], fields["next"]) == ("ann", "/dashboard?tab=2")
    assert not ann.is_signed_in()


def test_another_tab_passes_the_second_step_first(ann: Visitor) -> None:
    ann.enters_password()
    tab = ann.with_the_same_cookies()
    meanwhile(ann.host, lambda: tab.enters_code(ann.code(1)))
    page = ann.enters_code(ann.code(1))
    assert page.status == 422
    assert "already used" in page.errors[0]
    assert tab.is_signed_in()


@pytest.mark.requirement("TOTP-16")
def test_another_tab_confirms_the_set_up_first_and_the_secret_is_not_shown_again(
    newcomer: Visitor,
) -> None:
    page = newcomer.enters_password()
    tab = newcomer.with_the_same_cookies()
    meanwhile(newcomer.host, lambda: tab.sets_up(page=page))
    code = newcomer.code(0, page.secret)
    late = newcomer.sends(page, page.form(with_field="totp_code"), totp_code=code)
    assert page.secret not in late.html.replace(" ", "")
    assert (late.path, late.shows_a_secret) == ("/login", False)
    assert tab.is_signed_in()
    assert len(newcomer.host.rows(Authenticator)) == 1


@pytest.mark.requirement("FLOW-5")
def test_a_revocation_while_the_first_code_is_compared_wins(newcomer: Visitor) -> None:
    page = newcomer.enters_password(next_url="/dashboard?tab=2")
    meanwhile(newcomer.host, lambda: newcomer.host.revokes(newcomer.user_id))
    code = newcomer.fresh_code(page.secret)
    late = newcomer.sends(page, page.form(with_field="totp_code"), totp_code=code)
    assert late.path == "/login"
    assert "This sign-in is over. Sign in again." in late.text
    assert late.form(with_field="password").fields["username"] == "nina"
    assert newcomer.host.rows(Authenticator) == []


@pytest.mark.requirement("FLOW-5")
@pytest.mark.parametrize("how", ["revoked", "signed out"])
def test_the_session_ends_while_one_adds_an_authenticator(ann: Visitor, how: str) -> None:
    ann.signs_in()
    page = ann.opens("/setup-2fa")
    end = (lambda: ann.host.revokes("1")) if how == "revoked" else (lambda: gone(ann.host, Session))
    meanwhile(ann.host, end)
    code = ann.fresh_code(page.secret)
    late = ann.sends(page, page.form(with_field="totp_code"), totp_code=code)
    assert late.path == "/login"
    assert len(ann.host.rows(Authenticator)) == 1
