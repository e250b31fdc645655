"""A second step that will be required: people are told, and from the date on it is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import jsonify, make_response, redirect
from flask_login import login_user

from tests.stories import HostMaker
from tests.support.host_app import Host
from tests.support.host_tables import Users
from tests.support.visitor import Visitor
from vestibule import Required
from vestibule.authenticators.models import Enrolment

DAY = timedelta(days=1)


@pytest.fixture
def host(make: HostMaker) -> Host:
    """A second step is required in six and a half days."""
    host = make(VESTIBULE_POLICY="optional")
    since = host.clock.now() + 6.5 * DAY
    return host.restarted(VESTIBULE_POLICY="required", VESTIBULE_POLICY_SINCE=since)


@pytest.fixture
def nina(host: Host) -> Visitor:
    return Visitor.new(host, "nina")


def test_each_sign_in_without_one_tells_how_much_time_is_left(nina: Visitor) -> None:
    page = nina.enters_password(next_url="/dashboard?tab=2")
    assert page.path == "/setup-2fa"
    assert "You have 6 days left to set up the second step" in page.text
    assert nina.is_signed_in()
    assert "/dashboard?tab=2" in page.links
    nina.host.clock.moves(hours=6 * 24)
    assert "You have 12 hours left" in nina.in_another_browser().enters_password().text
    nina.host.clock.moves(hours=11.5)
    assert "You have 30 minutes left" in nina.in_another_browser().enters_password().text
    nina.host.clock.moves(60 * 29.9)
    assert "You have 1 minute left" in nina.in_another_browser().enters_password().text


def test_whoever_sets_up_then_comes_to_the_page_that_was_wanted(nina: Visitor) -> None:
    page = nina.enters_password(next_url="/dashboard?tab=2")
    page = nina.sets_up(page=page)
    assert page.answer.request.full_path == "/dashboard?tab=2"
    assert "aal2" in page.text
    there = nina.in_another_browser()
    assert there.enters_password().path == "/verify-2fa"
    assert there.enters_code().path == "/dashboard"


def test_the_page_after_a_set_up_is_one_of_this_site(nina: Visitor) -> None:
    nina.enters_password()
    page = nina.opens("/setup-2fa?next=https://evil.example/")
    assert not any("evil" in link for link in page.links)
    form = page.form(with_field="totp_code")
    nina.papers.secrets.append(page.secret)
    page = nina.sends(page, form, totp_code=nina.fresh_code(), next="//evil.example")
    page = nina.sends(page, page.form(with_field="saved"), saved="y")
    assert page.path == "/dashboard"


def test_whoever_opened_the_set_up_and_had_to_sign_in_comes_to_it_once(nina: Visitor) -> None:
    page = nina.opens("/setup-2fa?next=/dashboard?tab=2")
    assert page.path == "/login"
    fields = {"username": "nina", "password": nina.papers.password}
    page = nina.sends(page, page.form(with_field="password"), **fields)
    assert page.answer.request.full_path == "/setup-2fa?next=/dashboard?tab%3D2"
    assert "/dashboard?tab=2" in page.links
    assert nina.sets_up(page=page).answer.request.full_path == "/dashboard?tab=2"


def test_a_host_can_show_the_date(host: Host, nina: Visitor) -> None:
    def banner() -> str:
        session = host.vestibule.this_session()
        return str(session.second_step_due) if session else "nobody"

    host.app.add_url_rule("/banner", "banner", banner)
    nina.enters_password()
    assert nina.asks("/banner").text == str(host.services.settings.policy_since)
    nina.sets_up()
    assert nina.asks("/banner").text == "None"


def enters(host: Host, answer: Any) -> Visitor:
    """nina, and a sign-in of the host's at ``/enter`` that answers like this."""

    def view() -> Any:
        login_user(Users().find("nina"))
        return answer()

    host.app.add_url_rule("/enter", "enter", view, methods=["POST"])
    return Visitor.new(host, "nina")


def test_what_the_host_answered_beside_its_redirect_stays(host: Host) -> None:
    def answer() -> Any:
        response = redirect("/dashboard", 302)
        response.set_cookie("theme", "dark")
        return response

    nina = enters(host, answer)
    answered = nina.posts("/enter", {})
    assert (answered.status_code, answered.location) == (303, "/setup-2fa?next=/dashboard")
    assert nina.cookie("theme") == "dark"
    assert "/setup-2fa" in answered.text
    assert 'href="/dashboard"' not in answered.text


@pytest.mark.parametrize(
    ("answer", "headers"),
    [
        (lambda: make_response("a page of the host's"), {}),
        (lambda: jsonify(welcome="nina"), {}),
        (lambda: redirect("/dashboard", 307), {}),
        (lambda: redirect("https://elsewhere.example/"), {}),
        (lambda: redirect("/dashboard"), {"Accept": "application/json"}),
        (lambda: redirect("/dashboard"), {"X-Requested-With": "XMLHttpRequest"}),
        (lambda: redirect("/dashboard"), {"Sec-Fetch-Mode": "cors"}),
    ],
)
def test_answers_that_no_browser_follows_to_a_page_here_are_left_alone(
    host: Host, answer: Any, headers: dict[str, str]
) -> None:
    nina = enters(host, answer)
    with host.app.test_request_context():
        expected = answer()
    answered = nina.posts("/enter", {}, **headers)
    assert answered.status_code == expected.status_code
    assert answered.location == expected.location
    assert answered.data == expected.data
    assert nina.is_signed_in()


@pytest.mark.requirement("FLOW-1")
def test_from_the_date_on_sessions_without_one_open_nothing(nina: Visitor) -> None:
    nina.enters_password()
    nina.host.clock.moves(hours=6.5 * 24 - 0.5)
    nina.enters_password()
    assert nina.is_signed_in()
    nina.host.clock.moves(60 * 30 - 1)
    assert nina.is_signed_in()
    nina.host.clock.moves(1)
    assert not nina.is_signed_in()
    # Whoever holds that session, and not the password, must not come by a first authenticator.
    before = nina.host.rows(Enrolment)
    for path in ("/dashboard", "/setup-2fa", "/backup-codes", "/confirm", "/verify-2fa"):
        page = nina.opens(path)
        assert page.path == "/login", path
        assert "Your account needs a second step now. Sign in to set it up." in page.text, path
    assert nina.host.rows(Enrolment) == before
    page = nina.enters_password(next_url="/dashboard?tab=2")
    assert page.path == "/setup-2fa"
    assert "left to set up" not in page.text
    assert nina.sets_up(page=page).path == "/dashboard"


def test_a_set_up_page_from_before_the_date_takes_no_code_after_it(nina: Visitor) -> None:
    page = nina.enters_password()
    nina.host.clock.moves(hours=6.5 * 24 - 0.1)
    nina.enters_password()
    page = nina.opens("/setup-2fa")
    nina.host.clock.moves(60 * 6)
    code = nina.fresh_code(page.secret)
    page = nina.sends(page, page.form(with_field="totp_code"), totp_code=code)
    assert page.path == "/login"
    assert nina.in_another_browser().enters_password().path == "/setup-2fa"


def test_a_date_of_ones_own_is_possible_for_each_account(make: HostMaker) -> None:
    host = make(VESTIBULE_POLICY="optional")
    tomorrow = host.clock.now() + DAY

    def policy(user: Any, context: Any) -> Any:
        return Required(since=tomorrow) if user.username == "nina" else "optional"

    host.vestibule.policy(policy)
    nina, otto = Visitor.new(host, "nina"), Visitor.new(host, "otto")
    assert "1 day left" in nina.enters_password().text
    assert otto.enters_password().path == "/dashboard"
