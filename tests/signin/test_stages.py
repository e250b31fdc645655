"""From the password to the site: the stages of a sign-in, under both policies."""

from __future__ import annotations

import pytest

from tests.stories import HostMaker, settled
from tests.support.host_app import Host
from tests.support.visitor import Visitor


@pytest.mark.requirement("AAL-1")
def test_the_password_alone_opens_nothing_and_the_code_opens_the_site(
    database_url: str, make: HostMaker
) -> None:
    ann = settled(make(database_url), "ann")
    assert ann.enters_password().path == "/verify-2fa"
    assert not ann.is_signed_in()
    page = ann.enters_code()
    assert page.path == "/dashboard"
    assert "aal2" in page.text


@pytest.mark.requirement("FLOW-1")
def test_where_a_second_step_is_required_the_set_up_comes_first(newcomer: Visitor) -> None:
    assert newcomer.enters_password().path == "/setup-2fa"
    assert newcomer.opens("/dashboard").path == "/setup-2fa"
    assert newcomer.sets_up().path == "/dashboard"
    assert newcomer.is_signed_in()


@pytest.mark.requirement("AAL-6")
def test_where_it_is_optional_the_password_opens_the_site_and_no_more(optional_host: Host) -> None:
    newcomer = Visitor.new(optional_host, "nina")
    page = newcomer.enters_password()
    assert page.path == "/dashboard"
    assert "aal1" in page.text


def test_where_it_is_optional_but_set_up_the_code_is_asked(optional_host: Host) -> None:
    ann = settled(optional_host, "ann")
    assert ann.enters_password().path == "/verify-2fa"
    assert not ann.is_signed_in()
    assert ann.enters_code().path == "/dashboard"


def test_the_page_that_was_asked_for_is_kept_through_both_steps(ann: Visitor) -> None:
    asked = ann.opens("/dashboard?tab=2")
    assert asked.path == "/login"
    ann.sends(
        asked,
        asked.form(with_field="password"),
        username=ann.username,
        password=ann.papers.password,
    )
    code_page = ann.opens("/verify-2fa")
    answer = ann.posts(
        "/verify-2fa",
        code_page.form(with_field="totp_code").fields | {"totp_code": ann.fresh_code()},
    )
    assert (answer.status_code, answer.location) == (303, "/dashboard?tab=2")


def test_the_page_that_was_asked_for_is_kept_through_a_set_up(newcomer: Visitor) -> None:
    newcomer.enters_password(next_url="/dashboard?tab=2")
    assert newcomer.sets_up().answer.request.query_string == b"tab=2"


@pytest.mark.requirement("SES-3")
def test_each_step_gives_a_new_token_and_ends_the_old_one(ann: Visitor) -> None:
    ann.signs_in()
    first_session = ann.with_the_same_cookies()
    ann.enters_password()
    first_sign_in = ann.with_the_same_cookies()
    ann.enters_code()
    second_session = ann.with_the_same_cookies()
    assert ann.cookie("vestibule-pending") is None
    ann.enters_password()
    tokens = {
        first_session.cookie("vestibule"),
        first_sign_in.cookie("vestibule-pending"),
        second_session.cookie("vestibule"),
        ann.cookie("vestibule-pending"),
    }
    assert len(tokens - {None}) == 4
    assert not first_session.is_signed_in()
    assert first_sign_in.opens("/verify-2fa").path == "/login"
    assert not second_session.is_signed_in()


@pytest.mark.requirement("FLOW-4")
@pytest.mark.parametrize("path", ["/dashboard", "/backup-codes", "/confirm", "/setup-2fa"])
def test_a_pending_sign_in_opens_no_page_but_its_own(ann: Visitor, path: str) -> None:
    ann.enters_password()
    page = ann.opens(path)
    assert page.path in ("/verify-2fa", "/login")
    assert not page.shows_a_secret


@pytest.mark.requirement("FLOW-4")
def test_the_token_of_a_pending_sign_in_is_no_sessions_token(ann: Visitor) -> None:
    ann.enters_password()
    token = ann.cookie("vestibule-pending")
    assert token
    thief = ann.in_another_browser()
    thief.client.set_cookie("vestibule", token)
    assert not thief.is_signed_in()


@pytest.mark.requirement("FLOW-3")
def test_the_second_step_without_the_first_leads_to_the_first(ann: Visitor) -> None:
    page = ann.opens("/verify-2fa")
    assert page.path == "/login"
    assert "Sign in first." in page.text


@pytest.mark.requirement("FLOW-3")
def test_one_persons_password_and_another_persons_code_do_not_mix(ann: Visitor) -> None:
    ben = settled(ann.host, "ben")
    ann.enters_password()
    assert ann.enters_code(ben.fresh_code()).status == 422
    assert not ann.is_signed_in()


def test_whoever_must_set_up_and_whoever_has_meet_only_their_own_page(
    ann: Visitor, newcomer: Visitor
) -> None:
    newcomer.enters_password()
    assert newcomer.opens("/verify-2fa").path == "/setup-2fa"
    assert newcomer.opens("/verify-2fa/backup-code").path == "/setup-2fa"
    ann.enters_password()
    assert ann.opens("/setup-2fa").path == "/verify-2fa"
