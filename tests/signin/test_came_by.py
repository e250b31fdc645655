"""A policy hears how somebody came, at the sign-in and as long as the session lasts."""

from __future__ import annotations

from typing import Any

import pytest
from flask import redirect
from flask_login import current_user, login_required, login_user

from tests.stories import HostMaker, settled
from tests.support.host_app import Host
from tests.support.host_tables import Users
from tests.support.visitor import Visitor
from vestibule import Required, SigninContext


def trusts_the_provider(user: Any, context: SigninContext) -> Any:
    return "optional" if context.method == "oidc" and "mfa" in context.amr else "required"


@pytest.fixture
def host(make: HostMaker) -> Host:
    """People come with a password or from an identity provider, which says what it checked."""
    host = make()
    vestibule = host.vestibule
    vestibule.policy(trusts_the_provider)

    def callback(name: str, amr: str, said: str) -> Any:
        if said == "before":
            vestibule.came_by("oidc", amr=amr.split("+"))
        login_user(Users().find(name))
        if said == "after":
            vestibule.came_by("oidc", amr=amr.split("+"))
        return redirect("/dashboard")

    host.app.add_url_rule("/callback/<name>/<amr>/<said>", "callback", callback, methods=["POST"])
    return host


def comes(person: Visitor, amr: str, said: str = "before") -> Any:
    return person.posts(f"/callback/{person.username}/{amr}/{said}", {}).location


@pytest.mark.parametrize("said", ["before", "after"])
def test_who_passed_two_steps_elsewhere_need_not_here(host: Host, said: str) -> None:
    nina = Visitor.new(host, "nina")
    assert comes(nina, "pwd+mfa", said) == "/dashboard"
    assert nina.is_signed_in()
    assert nina.in_another_browser().enters_password().path == "/setup-2fa"


@pytest.mark.parametrize(("amr", "said"), [("pwd", "before"), ("pwd", "after"), ("mfa", "never")])
def test_who_did_not_must_set_one_up_here(host: Host, amr: str, said: str) -> None:
    nina = Visitor.new(host, "nina")
    assert comes(nina, amr, said) == "/setup-2fa"
    assert not nina.is_signed_in()


def test_what_was_said_is_kept_with_the_session_and_asked_again(host: Host) -> None:
    heard: list[SigninContext] = []

    def policy(user: Any, context: SigninContext) -> Any:
        heard.append(context)
        return "optional"

    host.vestibule.policy(policy)
    nina = Visitor.new(host, "nina")
    comes(nina, "pwd+mfa")
    heard.clear()
    assert nina.is_signed_in()
    assert set(heard) == {SigninContext("oidc", ("pwd", "mfa"))}
    host.vestibule.policy(lambda user, context: "required")
    assert not nina.is_signed_in()


def test_it_is_kept_between_the_steps(host: Host) -> None:
    nina = Visitor.new(host, "nina")
    comes(nina, "pwd")
    nina.sets_up()
    (event,) = host.events("session.opened")
    assert event.details["method"] == "oidc"


def test_a_password_is_a_password_whatever_was_said_before_it(host: Host) -> None:
    nina = Visitor.new(host, "nina")

    def view() -> Any:
        host.vestibule.came_by("oidc", amr=["mfa"])
        with host.vestibule.password_try("nina", Users().find("nina")) as attempt:
            attempt.passed()
        login_user(Users().find("nina"))
        return redirect("/dashboard")

    host.app.add_url_rule("/both", "both", view, methods=["POST"])
    assert nina.posts("/both", {}).location == "/setup-2fa"


@pytest.mark.requirement("FLOW-2")
def test_l47_an_account_with_a_second_step_passes_it_however_it_came(host: Host) -> None:
    ann = settled(host, "ann")
    for amr in ("pwd", "pwd+mfa", "hwk+mfa"):
        there = ann.in_another_browser()
        assert comes(there, amr) == "/verify-2fa"
        assert not there.is_signed_in()
        assert there.enters_code().path == "/dashboard"


@pytest.mark.parametrize(
    ("method", "amr"),
    [
        ("", []),
        ("x" * 41, []),
        (None, []),
        ("oidc", "mfa"),
        ("oidc", ["two words"]),
        ("oidc", [""]),
        ("oidc", [None]),
        ("oidc", ["x" * 256]),
    ],
)
def test_what_cannot_be_kept_is_refused(host: Host, method: Any, amr: Any) -> None:
    with host.app.test_request_context(), pytest.raises(ValueError):
        host.vestibule.came_by(method, amr)


def test_required_from_a_date_on_only_for_passwords(host: Host) -> None:
    since = host.clock.now().date().replace(year=2100)
    host.vestibule.policy(
        lambda user, context: "optional" if context.amr else Required(since=since)
    )
    nina = Visitor.new(host, "nina")
    assert comes(nina, "mfa") == "/dashboard"
    assert nina.in_another_browser().enters_password().path == "/setup-2fa"


def test_it_outlives_a_new_token_of_the_session(host: Host) -> None:
    def change() -> str:
        host.vestibule.password_changed(current_user)
        return "changed"

    host.app.add_url_rule("/change", "change", login_required(change), methods=["POST"])
    nina = Visitor.new(host, "nina")
    comes(nina, "mfa")
    before = nina.cookie("vestibule")
    assert nina.posts("/change", {}).status_code == 200
    assert nina.cookie("vestibule") != before
    assert nina.is_signed_in()
