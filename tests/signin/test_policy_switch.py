"""The policy changes from optional to required while people are signed in; users disappear."""

from __future__ import annotations

import pytest

from tests.stories import settled
from tests.support.host_app import Host
from tests.support.host_tables import Users
from tests.support.visitor import Visitor
from vestibule.sessions.models import Session


@pytest.fixture
def nina(optional_host: Host) -> Visitor:
    """Signed in with the password alone, before the site asked for more."""
    nina = Visitor.new(optional_host, "nina")
    nina.enters_password()
    assert nina.is_signed_in()
    return nina.with_the_same_cookies(optional_host.restarted(VESTIBULE_POLICY="required"))


@pytest.mark.requirement("FLOW-1")
def test_sessions_of_the_password_alone_grant_nothing_any_more(nina: Visitor) -> None:
    assert not nina.is_signed_in()
    assert nina.opens("/dashboard").path == "/login"


@pytest.mark.requirement("FLOW-1")
def test_signing_in_again_leads_to_the_set_up(nina: Visitor) -> None:
    assert nina.enters_password().path == "/setup-2fa"
    assert nina.sets_up().path == "/dashboard"


def test_pages_of_ours_meet_such_a_session_in_words(nina: Visitor) -> None:
    for path in ("/setup-2fa", "/backup-codes", "/confirm", "/verify-2fa"):
        page = nina.opens(path)
        assert page.status == 200
        assert page.path == "/login"


def test_it_can_still_sign_out(nina: Visitor) -> None:
    page = nina.opens("/nowhere")
    assert nina.sends(page, page.form(action="/logout")).path == "/login"
    assert nina.host.rows(Session) == []


def test_whoever_has_a_second_step_stays_signed_in(optional_host: Host) -> None:
    ann = settled(optional_host, "ann")
    ann.signs_in()
    ann = ann.with_the_same_cookies(optional_host.restarted(VESTIBULE_POLICY="required"))
    assert ann.is_signed_in()


def test_switched_back_to_optional_a_second_step_still_counts(host: Host) -> None:
    ann = settled(host, "ann")
    ann = ann.with_the_same_cookies(host.restarted(VESTIBULE_POLICY="optional"))
    assert ann.enters_password().path == "/verify-2fa"


@pytest.mark.requirement("SES-9")
def test_a_deleted_users_session_opens_nothing(ann: Visitor) -> None:
    ann.signs_in()
    ann.host.loses_user("ann")
    assert not ann.is_signed_in()
    for path in ("/setup-2fa", "/backup-codes", "/confirm", "/verify-2fa"):
        page = ann.opens(path)
        assert page.status == 200
        assert page.path == "/login"
        assert not page.shows_a_secret


@pytest.mark.requirement("SES-9")
def test_a_deleted_users_pending_sign_in_opens_nothing(ann: Visitor) -> None:
    ann.enters_password()
    ann.host.loses_user("ann")
    assert ann.opens("/verify-2fa").path == "/login"
    assert not ann.is_signed_in()


@pytest.mark.requirement("SES-9")
def test_a_set_up_that_a_deleted_user_finishes_opens_nothing(newcomer: Visitor) -> None:
    page = newcomer.enters_password()
    newcomer.host.loses_user("nina")
    code = newcomer.fresh_code(page.secret)
    page = newcomer.sends(page, page.form(with_field="totp_code"), totp_code=code)
    assert (page.status, page.path) == (200, "/login")
    assert not newcomer.is_signed_in()


@pytest.mark.requirement("P7")
def test_a_new_password_keeps_no_session_that_counts_for_nothing(optional_host: Host) -> None:
    """It could count again later. A link from the mailbox set it, perhaps."""
    nina = Visitor.new(optional_host, "nina")
    nina.signs_in()
    strict = optional_host.restarted(VESTIBULE_POLICY="required")

    @strict.app.post("/new-password")
    def new_password() -> str:
        strict.vestibule.password_changed(Users().find("nina"))
        return "changed"

    nina = nina.with_the_same_cookies(strict)
    assert nina.posts("/new-password", {}).text == "changed"
    assert not nina.with_the_same_cookies(optional_host).is_signed_in()
