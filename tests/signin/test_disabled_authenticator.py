"""After a hundred wrong codes: the authenticator is switched off, and the account still closed."""

from __future__ import annotations

import pytest

from tests.stories import HostMaker, settled
from tests.support.guessing import loses_the_authenticator_to_guessing
from tests.support.host_app import Host
from tests.support.visitor import Visitor
from vestibule.authenticators.models import Authenticator, Enrolment

pytestmark = pytest.mark.requirement("RL-2")


@pytest.fixture
def ann(any_policy_host: Host) -> Visitor:
    """Lost her authenticator to somebody's guessing, and signs in from a new browser."""
    ann = settled(any_policy_host, "ann")
    loses_the_authenticator_to_guessing(ann)
    any_policy_host.clock.moves(hours=24)
    return ann.in_another_browser()


def test_the_password_leads_to_a_page_that_says_so(ann: Visitor) -> None:
    page = ann.enters_password()
    assert page.path == "/verify-2fa"
    assert page.heading == "Your authenticator is switched off"
    assert "/verify-2fa/backup-code" in page.links


def test_it_opens_neither_the_site_nor_a_set_up(ann: Visitor) -> None:
    page = ann.enters_password()
    token = page.form(action="/verify-2fa/cancel").fields["csrf_token"]
    code = {"csrf_token": token, "totp_code": ann.fresh_code()}
    assert ann.posts("/verify-2fa", code).status_code == 422
    assert not ann.is_signed_in()
    for path in ("/setup-2fa", "/backup-codes", "/confirm"):
        page = ann.opens(path)
        assert page.path in ("/verify-2fa", "/login")
        assert not page.shows_a_secret
        ann.enters_password()
    assert ann.posts("/setup-2fa", code).status_code == 303
    assert ann.host.rows(Enrolment) == []
    assert len(ann.host.rows(Authenticator)) == 1


def test_a_backup_code_still_opens_the_site_and_a_new_set_up_works(ann: Visitor) -> None:
    ann.enters_password()
    page = ann.enters_backup_code()
    assert page.path == "/backup-codes"
    assert any(link.startswith("/setup-2fa?replaces=") for link in page.links)
    assert ann.is_signed_in()
    ann.sets_up("New phone")
    ann.signs_out()
    assert ann.enters_password().heading == "Enter your code"
    assert ann.enters_code(ann.fresh_code(ann.papers.secrets[0])).status == 422
    assert ann.enters_code().path == "/dashboard"


def test_a_new_set_up_starts_with_no_failures(ann: Visitor) -> None:
    ann.enters_password()
    ann.enters_backup_code()
    ann.sets_up("New phone")
    ann.signs_out()
    ann.enters_password()
    assert ann.enters_code(ann.wrong_code()).status == 422
    assert ann.enters_code().path == "/dashboard"


def test_a_session_of_before_cannot_confirm_with_the_code(ann: Visitor) -> None:
    ann.enters_password()
    ann.enters_backup_code()
    ann.host.clock.moves(minutes=11)
    page = ann.opens("/setup-2fa")
    assert page.path == "/login"
    assert "Sign in once more to confirm that it is you." in page.text
    ann.enters_password(next_url="/setup-2fa")
    ann.enters_backup_code()
    assert ann.opens("/setup-2fa").shows_a_secret


def test_all_authenticators_of_the_account_are_switched_off(make: HostMaker) -> None:
    ann = settled(make(), "ann")
    ann.signs_in()
    ann.sets_up("Tablet")
    ann.signs_out()
    loses_the_authenticator_to_guessing(ann)
    assert all(row.disabled_at for row in ann.host.rows(Authenticator))
    (event,) = ann.host.events("authenticator.disabled")
    assert event.details == {"count": 2}


def test_without_backup_codes_the_page_names_who_can_help(ann: Visitor) -> None:
    for _ in range(10):
        ann.enters_password()
        ann.enters_backup_code()
        ann.signs_out()
    page = ann.enters_password()
    assert "You have no backup codes left. Ask the people who run Host." in page.text
    assert "/verify-2fa/backup-code" not in page.links


def test_a_process_killed_after_the_last_try_leaves_the_authenticator_closed(
    make: HostMaker,
) -> None:
    ann = settled(make(), "ann")
    loses_the_authenticator_to_guessing(ann)
    ann.host.sets(Authenticator, disabled_at=None)  # the outcome was never written
    ann.host.clock.moves(hours=24)
    ann.enters_password()
    page = ann.enters_code()
    assert page.status == 429
    assert "no longer accepted" in page.text
    assert not ann.is_signed_in()
    assert all(row.disabled_at for row in ann.host.rows(Authenticator))
