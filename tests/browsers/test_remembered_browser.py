"""``login_user(remember=True)``: a cookie that stands for the first step, and for nothing more."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import redirect, request
from flask_login import (
    confirm_login,
    current_user,
    fresh_login_required,
    login_required,
    login_user,
)
from werkzeug.test import TestResponse

from tests.stories import HostMaker, settled
from tests.support.host_app import Host
from tests.support.host_tables import Users
from tests.support.visitor import Visitor
from vestibule import fresh_required, second_step_required
from vestibule.audit.values import EventKind, Origin
from vestibule.browsers.models import RememberedBrowser
from vestibule.sessions.models import Session
from vestibule.signin.leaving import end_everything
from vestibule.signin.models import PendingSignin

COOKIE = "vestibule-remember"


@pytest.fixture
def host(make: HostMaker) -> Host:
    """A host that remembers everybody, with views that ask for more than being signed in."""
    return with_views(make(VESTIBULE_POLICY="optional", REMEMBER=True))


def with_views(host: Host) -> Host:
    views: dict[str, Any] = {
        "transfer": fresh_required(minutes=5)(lambda: "transferred"),
        "report": second_step_required(lambda: "reported"),
        "fresh": fresh_login_required(lambda: "fresh"),
        "who": lambda: current_user.username if current_user.is_authenticated else "nobody",
        "open": lambda: "open to all",
        "told": login_required(lambda: host.vestibule.this_session().level),  # type: ignore[union-attr]
    }
    for name, view in views.items():
        host.app.add_url_rule(f"/{name}", name, view)

    def again() -> Any:
        host.app.config.get("MEANWHILE", int)()
        confirm_login()  # behind the host's own comparison of the password
        return redirect("/transfer")

    def leads_on() -> Any:
        on = host.app.config.get("LEADS_ON") and request.endpoint == "login"
        return redirect("/dashboard") if on and current_user.is_authenticated else None

    host.app.add_url_rule("/again", "again", login_required(again), methods=["POST"])
    host.app.before_request(leads_on)
    return host


@pytest.fixture
def nina(host: Host) -> Visitor:
    """Has no second step; was here before, and comes back with her browser's remember cookie."""
    nina = Visitor.new(host, "nina")
    nina.enters_password()
    return comes_back(nina)


@pytest.fixture
def ann(host: Host) -> Visitor:
    """Has a second step, and comes back with her browser's remember cookie."""
    return comes_back(signed_in(host))


def signed_in(host: Host) -> Visitor:
    ann = settled(host.restarted(), "ann")
    ann = Visitor(host, ann.papers, address="192.0.2.1", site="http://localhost")
    ann.enters_password()
    ann.enters_code()
    assert ann.is_signed_in()
    return ann


def comes_back(person: Visitor) -> Visitor:
    """The browser was closed for a week: cookies that go with it are gone."""
    person.host.clock.moves(hours=7 * 24)
    back = person.in_another_browser()
    back.client.set_cookie(COOKIE, person.cookie(COOKIE) or "")
    return back


def remembering(answer: TestResponse) -> str | None:
    every = answer.headers.getlist("Set-Cookie")
    return next((one for one in every if one.startswith(f"{COOKIE}=")), None)


# The first step and nothing more


@pytest.mark.requirement("FLOW-2")
def test_without_a_second_step_the_person_is_inside_again(nina: Visitor) -> None:
    assert nina.is_signed_in()
    assert nina.asks("/told").text == "aal1"
    opened = nina.host.events("session.opened")[-1]
    assert opened.factor == "remembered_browser"


def test_a_page_that_does_not_ask_who_it_is_opens_no_session(nina: Visitor) -> None:
    nina.asks("/open")
    assert nina.cookie("vestibule") is None
    assert nina.asks("/who").text == "nina"
    assert nina.cookie("vestibule")


@pytest.mark.requirement("P1", "FLOW-2")
def test_with_a_second_step_it_is_asked_for_and_next_is_kept(ann: Visitor) -> None:
    assert ann.asks("/who").text == "nobody"
    page = ann.opens("/told?from=mail")
    assert page.path == "/verify-2fa"
    assert not ann.is_signed_in()
    page = ann.enters_code()
    assert (page.path, page.html) == ("/told", "aal1")
    assert ann.answers[-1].request.query_string == b"from=mail"
    assert ann.is_signed_in()


@pytest.mark.requirement("API-1")
def test_a_script_hears_where_the_second_step_is(ann: Visitor) -> None:
    answer = ann.asks("/told", Accept="application/json")
    assert answer.status_code == 401
    assert answer.content_type == "application/problem+json"
    assert answer.json is not None
    assert answer.json["second_step"] == "/verify-2fa"
    assert ann.enters_code().path == "/told"


@pytest.mark.requirement("P1", "FLOW-1")
def test_whoever_must_set_up_first_enters_the_password(nina: Visitor) -> None:
    strict = with_views(nina.host.restarted(VESTIBULE_POLICY="required"))
    nina = nina.with_the_same_cookies(strict)
    page = nina.opens("/dashboard")
    assert page.path == "/login"
    assert "Your account needs a second step now. Sign in to set it up." in page.text
    assert "otpauth:" not in nina.opens("/setup-2fa").html
    assert strict.rows(PendingSignin) == []
    assert nina.enters_password().path == "/setup-2fa"


def test_the_wish_waits_until_every_step_is_passed(host: Host) -> None:
    ann = settled(host.restarted(REMEMBER=False), "ann")
    ann = Visitor(host, ann.papers, address="192.0.2.1", site="http://localhost")
    ann.enters_password()
    assert ann.cookie(COOKIE) is None
    assert host.rows(RememberedBrowser) == []
    ann.enters_code()
    assert ann.cookie(COOKIE)
    assert len(host.rows(RememberedBrowser)) == 1
    assert len(host.events("browser.remembered")) == 1


def test_who_must_set_up_is_remembered_after_that(make: HostMaker) -> None:
    host = make(REMEMBER=True)
    nina = Visitor.new(host, "nina")
    nina.sets_up(page=nina.enters_password())
    back = comes_back(nina)
    assert back.opens("/dashboard").path == "/verify-2fa"
    assert back.enters_code().path == "/dashboard"


def test_who_did_not_ask_is_not_remembered(make: HostMaker) -> None:
    host = make(VESTIBULE_POLICY="optional")
    nina = Visitor.new(host, "nina")
    nina.enters_password()
    assert nina.cookie(COOKIE) is None
    assert nina.cookie("remember_token") is None


@pytest.mark.requirement("SES-7")
def test_the_cookie_is_persistent_and_nothing_else_than_ours(make: HostMaker) -> None:
    host = make(
        VESTIBULE_POLICY="optional",
        REMEMBER=True,
        REMEMBER_COOKIE_REFRESH_EACH_REQUEST=True,
        VESTIBULE_BASE_URL="https://acme.example",
        SESSION_COOKIE_SECURE=True,
    )
    nina = Visitor.new(host, "nina")
    nina.site = "https://acme.example"
    nina.enters_password()
    every = [one for answer in nina.answers for one in answer.headers.getlist("Set-Cookie")]
    header = next(one for one in every if one.startswith("__Host-vestibule-remember="))
    attributes = {part.strip().lower() for part in header.split(";")[1:]}
    assert {"secure", "httponly", "path=/", "samesite=lax", "max-age=31536000"} <= attributes
    assert not any(one.startswith("remember_token") for one in every)


@pytest.mark.parametrize(
    ("config", "duration", "days"),
    [
        ({}, None, 365),
        ({"REMEMBER_COOKIE_DURATION": timedelta(days=30)}, None, 30),
        ({"REMEMBER_COOKIE_DURATION": 86400}, None, 1),
        ({}, timedelta(days=7), 7),
        ({}, timedelta(days=10_000), 400),
    ],
)
def test_it_lasts_as_long_as_the_host_says(
    make: HostMaker, config: dict[str, Any], duration: timedelta | None, days: int
) -> None:
    host = make(VESTIBULE_POLICY="optional", **config)
    nina = Visitor.new(host, "nina")

    def enter() -> str:
        login_user(Users().find("nina"), remember=True, duration=duration)
        return "in"

    host.app.add_url_rule("/enter", "enter", enter, methods=["POST"])
    nina.posts("/enter", {})
    row = host.rows(RememberedBrowser)[0]
    assert row.ends_at - row.created_at == timedelta(days=days)
    host.clock.moves(hours=24 * days)
    assert not nina.is_signed_in()
    assert nina.cookie(COOKIE) is None


# What it is worth


@pytest.mark.requirement("AAL-6", "SES-13")
def test_it_is_never_fresh_and_the_password_makes_it_so(nina: Visitor) -> None:
    page = nina.opens("/transfer")
    assert page.path == "/login"
    assert "Sign in once more to confirm that it is you." in page.text
    fields = {"username": "nina", "password": nina.papers.password}
    page = nina.sends(page, page.form(with_field="password"), **fields)
    assert (page.path, page.html) == ("/transfer", "transferred")


@pytest.mark.requirement("AAL-6", "SES-13")
@pytest.mark.parametrize("path", ["/transfer", "/report", "/setup-2fa"])
def test_a_code_behind_it_is_not_enough_for_more(ann: Visitor, path: str) -> None:
    ann.opens("/dashboard")
    ann.enters_code()
    assert ann.asks("/told").text == "aal1"
    page = ann.opens(path)
    assert page.path == "/login"
    fields = {"username": "ann", "password": ann.papers.password}
    assert ann.sends(page, page.form(with_field="password"), **fields).path == "/verify-2fa"
    assert ann.enters_code().path == path
    assert ann.asks("/told").text == "aal2"


@pytest.mark.requirement("P1", "AAL-6")
def test_a_code_posted_to_confirm_is_not_even_compared(ann: Visitor) -> None:
    ann.opens("/dashboard")
    ann.enters_code()
    fields = {"csrf_token": ann.token("/dashboard"), "totp_code": ann.fresh_code()}
    assert ann.posts("/confirm", fields).location == "/login?next=/dashboard"
    assert ann.host.events("session.confirmed") == []
    # The code is not spent: it still signs in.
    ann.enters_password()
    assert ann.enters_code(ann.code()).path == "/dashboard"


def test_who_has_no_second_step_is_not_led_in_a_circle(nina: Visitor) -> None:
    page = nina.opens("/report")
    assert page.path == "/login"
    fields = {"username": "nina", "password": nina.papers.password}
    assert nina.sends(page, page.form(with_field="password"), **fields).path == "/setup-2fa"


@pytest.mark.parametrize("refresh_view", [None, "login"])
def test_flask_logins_own_freshness_says_so_too(nina: Visitor, refresh_view: str | None) -> None:
    nina.host.app.login_manager.refresh_view = refresh_view
    assert nina.asks("/fresh").status_code == (302 if refresh_view else 401)
    nina.enters_password()
    if refresh_view:
        assert nina.asks("/fresh").text == "fresh"


def test_the_hosts_policy_hears_how_the_first_step_was_passed_but_not_what_was_checked(
    make: HostMaker,
) -> None:
    host = make(VESTIBULE_POLICY="optional")
    heard = []

    @host.vestibule.policy
    def policy(_: Any, context: Any) -> Any:
        heard.append((context.method, context.amr))
        return "optional" if "mfa" in context.amr else "required"

    def enter() -> str:
        host.vestibule.came_by("oidc", amr=["mfa"])
        login_user(Users().find("nina"), remember=True)
        return "in"

    host.app.add_url_rule("/enter", "enter", enter, methods=["POST"])
    nina = Visitor.new(host, "nina")
    nina.posts("/enter", {})
    assert nina.is_signed_in()
    assert not comes_back(nina).is_signed_in()
    assert heard[-1] == ("oidc", ())


def test_a_sign_in_page_that_leads_on_whoever_is_signed_in_asks_all_the_same(
    nina: Visitor,
) -> None:
    nina.host.app.config["LEADS_ON"] = True
    assert nina.opens("/login").path == "/dashboard"
    page = nina.opens("/transfer")
    assert page.path == "/login"
    assert nina.is_signed_in()
    fields = {"username": "nina", "password": nina.papers.password}
    assert nina.sends(page, page.form(with_field="password"), **fields).html == "transferred"
    assert nina.opens("/login").path == "/dashboard"


@pytest.mark.requirement("AAL-6", "SES-13")
def test_the_hosts_own_confirm_login_is_the_first_step_at_last(nina: Visitor, ann: Visitor) -> None:
    nina.opens("/dashboard")
    assert nina.posts("/again", {}, follow_redirects=True).text == "transferred"
    ann.opens("/dashboard")
    ann.enters_code()
    assert ann.posts("/again", {}).location == "/verify-2fa"
    assert ann.enters_code().html == "transferred"


@pytest.mark.requirement("P7", "SES-10")
def test_a_password_changed_while_the_host_compares_the_old_one_wins(nina: Visitor) -> None:
    host = nina.host

    def elsewhere() -> None:
        kind, origin = EventKind.PASSWORD_CHANGED, Origin("", "", "")
        end_everything(host.services, nina.user_id, kind, origin, None)

    host.app.config["MEANWHILE"] = elsewhere
    nina.opens("/dashboard")
    assert nina.posts("/again", {}).location == "/login"
    assert not nina.is_signed_in()


# One cookie, one use


@pytest.mark.requirement("SES-3")
def test_each_use_changes_the_cookie(nina: Visitor) -> None:
    before = nina.cookie(COOKIE)
    assert nina.is_signed_in()
    assert nina.cookie(COOKIE) != before
    assert comes_back(nina).is_signed_in()


def test_pages_opened_at_once_all_open(nina: Visitor) -> None:
    tabs = [nina.with_the_same_cookies() for _ in range(3)]
    assert all(tab.is_signed_in() for tab in (nina, *tabs))
    kept = [tab for tab in (nina, *tabs) if any(remembering(one) for one in tab.answers)]
    assert kept == [nina]  # one new cookie, whichever answer comes last
    assert comes_back(nina).is_signed_in()


@pytest.mark.requirement("SES-3")
def test_many_at_once_change_the_cookie_once_and_all_open(
    make: HostMaker, database_url: str
) -> None:
    host = with_views(make(database_url, VESTIBULE_POLICY="optional", REMEMBER=True))
    nina = Visitor.new(host, "nina")
    nina.enters_password()
    tabs = [comes_back(nina)]
    tabs += [tabs[0].with_the_same_cookies() for _ in range(19)]
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda tab: tab.asks("/who").text, tabs))
    assert answers == ["nina"] * 20
    assert sum(any(remembering(one) for one in tab.answers) for tab in tabs) == 1


def test_a_copy_used_later_ends_it_for_both(nina: Visitor) -> None:
    thief = nina.with_the_same_cookies()
    assert thief.is_signed_in()
    thief.host.clock.moves(31)
    assert not nina.is_signed_in()
    assert nina.cookie(COOKIE) is None
    assert len(nina.host.events("browser.copied")) == 1
    assert not comes_back(thief).is_signed_in()


@pytest.mark.requirement("P7")
def test_and_so_does_the_session_that_it_opened(nina: Visitor) -> None:
    elsewhere = nina.in_another_browser()
    elsewhere.enters_password()
    thief = nina.with_the_same_cookies()
    assert thief.is_signed_in()
    thief.host.clock.moves(31)
    assert not nina.is_signed_in()
    assert not thief.is_signed_in()
    assert elsewhere.is_signed_in(), "with the password"


@pytest.mark.parametrize("cookie", ["", ".", "x", "x.y", "a.b.c", "\u00e9.\u00e9", "x" * 4000])
def test_any_other_text_is_dropped_and_signs_nobody_in(nina: Visitor, cookie: str) -> None:
    nina.client.set_cookie(COOKIE, cookie)
    answer = nina.asks("/dashboard")
    assert answer.status_code == 302
    assert answer.location.startswith("/login")
    assert nina.cookie(COOKIE) in (None, "")


def test_half_of_a_cookie_is_nothing(nina: Visitor) -> None:
    name, _, _ = (nina.cookie(COOKIE) or "").partition(".")
    nina.client.set_cookie(COOKIE, f"{name}.{name}")
    assert not nina.is_signed_in()


# The end of it


@pytest.mark.requirement("SES-2")
def test_signing_out_forgets_the_browser(nina: Visitor) -> None:
    assert nina.is_signed_in()
    copy = nina.with_the_same_cookies()
    nina.signs_out()
    assert nina.cookie(COOKIE) is None
    assert not nina.is_signed_in()
    assert not copy.is_signed_in()
    assert nina.host.rows(RememberedBrowser) == []


@pytest.mark.requirement("P7", "SES-2")
def test_signing_out_ends_what_a_copy_of_the_cookie_opened(nina: Visitor) -> None:
    thief = nina.with_the_same_cookies()
    assert nina.is_signed_in()
    assert thief.is_signed_in()
    nina.signs_out()
    assert not thief.is_signed_in()
    assert len(nina.host.events("session.ended")) == 1


def test_signing_out_here_forgets_no_other_browser(nina: Visitor) -> None:
    elsewhere = nina.in_another_browser()
    elsewhere.enters_password()
    nina.is_signed_in()
    nina.signs_out()
    assert comes_back(elsewhere).is_signed_in()


@pytest.mark.requirement("P7", "SES-10")
@pytest.mark.parametrize("way", ["password_changed", "sign_out_everywhere", "forget"])
def test_what_ends_everything_ends_this_too(nina: Visitor, way: str) -> None:
    host = nina.host
    with host.app.test_request_context():
        getattr(host.vestibule, way)(Users().find("nina"))
    assert not nina.is_signed_in()
    assert nina.cookie(COOKIE) is None


@pytest.mark.requirement("SES-10")
def test_so_does_a_new_authenticator(host: Host) -> None:
    ann = signed_in(host)
    elsewhere = ann.in_another_browser()
    elsewhere.enters_password()
    elsewhere.enters_code()
    ann.sets_up()
    assert comes_back(elsewhere).opens("/dashboard").path == "/login"


@pytest.mark.requirement("SES-9")
def test_a_user_who_is_gone_is_nobody_and_leaves_nothing_to_the_next(nina: Visitor) -> None:
    nina.host.loses_user("nina")
    assert nina.host.rows(RememberedBrowser) == []
    eve = Visitor.new(nina.host, "eve")
    assert eve.user_id == nina.user_id  # SQLite gives the key away again
    assert not nina.is_signed_in()


@pytest.mark.requirement("SES-3")
def test_somebody_else_in_this_browser_ends_it(nina: Visitor) -> None:
    eve = Visitor.new(nina.host, "eve")
    eve.client = nina.client
    eve.host.app.config["REMEMBER"] = False
    eve.enters_password()
    assert eve.asks("/who").text == "eve"
    assert eve.cookie(COOKIE) is None
    assert nina.host.rows(RememberedBrowser) == []


def test_signing_in_again_leaves_one_row(nina: Visitor) -> None:
    nina.enters_password()
    nina.enters_password()
    assert len(nina.host.rows(RememberedBrowser)) == 1
    assert comes_back(nina).is_signed_in()


def test_not_you_forgets_the_browser(ann: Visitor) -> None:
    page = ann.opens("/dashboard")
    page = ann.sends(page, page.form(action="/verify-2fa/cancel"))
    assert page.path == "/login"
    assert ann.opens("/dashboard").path == "/login"
    assert ann.host.rows(RememberedBrowser) == []


@pytest.mark.requirement("P7")
def test_a_revocation_between_the_steps_wins(ann: Visitor) -> None:
    ann.opens("/dashboard")
    ann.host.revokes(ann.user_id)
    assert ann.opens("/verify-2fa").path == "/login"
    assert ann.opens("/dashboard").path == "/login"


@pytest.mark.requirement("CFG-5")
def test_rows_go_when_their_time_is_over(nina: Visitor) -> None:
    nina.host.clock.moves(hours=24 * 366)
    nina.host.app.extensions["vestibule"].purged_at = float("-inf")
    nina.asks("/who")
    assert nina.host.rows(RememberedBrowser) == []
    assert nina.host.rows(Session) == []


@pytest.mark.requirement("P5", "SES-4")
def test_the_database_holds_nothing_that_opens(nina: Visitor) -> None:
    dump = str(nina.host.snapshot())
    assert all(part not in dump for part in (nina.cookie(COOKIE) or "x").split("."))


@pytest.mark.requirement("WEB-3")
def test_a_planted_pre_session_makes_no_form_good(nina: Visitor) -> None:
    """A sibling host plants Flask's cookie together with a token for it; the browser of somebody
    remembered must not take such a form for its own."""
    planter = nina.in_another_browser()
    token = planter.token("/login")
    nina.client.set_cookie("session", planter.cookie("session") or "")
    assert nina.posts("/logout", {"csrf_token": token}).status_code == 403
    assert nina.is_signed_in()
