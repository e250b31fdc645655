"""Adoption day: sign-ins from before Vestibule are taken over once, until a date."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import session
from flask_login import current_user, encode_cookie, fresh_login_required, logout_user

from tests.stories import HostMaker, settled
from tests.support.before_vestibule import comes_with, signed_in_before
from tests.support.host_app import Host
from tests.support.host_tables import User, Users, db
from tests.support.visitor import Visitor
from vestibule import fresh_required
from vestibule.browsers.models import AdoptedCookie, RememberedBrowser
from vestibule.sessions.models import Session

WEEK = timedelta(days=7)


@pytest.fixture
def before(make: HostMaker) -> Host:
    """The database with the people of before; nobody is taken over by this one."""
    return make(VESTIBULE_POLICY="optional")


@pytest.fixture
def nina(before: Host) -> Visitor:
    return Visitor.new(before, "nina")


def on_adoption_day(before: Host, **config: Any) -> Host:
    until = (before.clock.now() + WEEK).isoformat()
    host = before.restarted(VESTIBULE_ADOPT_UNTIL=until, **config)

    def sign_out() -> str:
        logout_user()
        return "out"

    views: dict[str, Any] = {
        "transfer": fresh_required(minutes=5)(lambda: "transferred"),
        "fresh": fresh_login_required(lambda: "fresh"),
        "who": lambda: current_user.username if current_user.is_authenticated else "nobody",
        "told": lambda: {"basket": session.get("basket"), "user": session.get("_user_id")},
        "out": sign_out,
    }
    for name, view in views.items():
        host.app.add_url_rule(f"/{name}", name, view)
    return host


def at(host: Host, person: Visitor, cookies: dict[str, str]) -> Visitor:
    there = Visitor(host, person.papers, address=person.address, site=person.site)
    return comes_with(there, cookies)


@pytest.mark.parametrize("remember", [False, True])
def test_whoever_was_inside_is_inside_once_and_at_aal1(
    before: Host, nina: Visitor, remember: bool
) -> None:
    cookies = signed_in_before(before, nina, remember=remember)
    host = on_adoption_day(before)
    nina = at(host, nina, cookies)
    assert "aal1" in nina.opens("/dashboard").text
    assert nina.cookie("vestibule")
    assert nina.asks("/told").json == {"basket": ["book"], "user": None}
    assert nina.cookie("remember_token") is None
    assert bool(nina.cookie("vestibule-remember")) is remember
    assert len(host.events("session.adopted")) == 1
    assert host.events("session.opened") == []


@pytest.mark.requirement("SES-2")
def test_a_copy_of_the_cookie_opens_nothing_more(before: Host, nina: Visitor) -> None:
    cookies = signed_in_before(before, nina, remember=True)
    host = on_adoption_day(before)
    assert at(host, nina, cookies).is_signed_in()
    host.clock.moves(31)
    for part in (cookies, {"session": cookies["session"]}, cookies | {"session": ""}):
        assert not at(host, nina, part).is_signed_in()


@pytest.mark.requirement("SES-2")
@pytest.mark.parametrize("spelling", ["{}!!!!", "{}="])
def test_nor_does_the_same_cookie_in_another_spelling(
    before: Host, nina: Visitor, spelling: str
) -> None:
    cookies = signed_in_before(before, nina)
    host = on_adoption_day(before)
    assert at(host, nina, cookies).is_signed_in()
    host.clock.moves(31)
    copy = spelling.format(cookies["session"])
    assert not at(host, nina, {"session": copy}).is_signed_in()


def test_a_remember_me_cookie_alone_is_enough_and_becomes_one_of_ours(
    before: Host, nina: Visitor
) -> None:
    token = signed_in_before(before, nina, remember=True)["remember_token"]
    host = on_adoption_day(before)
    nina = at(host, nina, {"remember_token": token})
    assert nina.is_signed_in()
    assert nina.cookie("remember_token") is None
    host.clock.moves(hours=48)
    back = nina.in_another_browser()
    back.client.set_cookie("vestibule-remember", nina.cookie("vestibule-remember") or "")
    assert back.is_signed_in()


def test_forms_of_the_first_page_are_good(before: Host, nina: Visitor) -> None:
    host = on_adoption_day(before)
    nina = at(host, nina, signed_in_before(before, nina))
    assert nina.signs_out().path == "/login"


@pytest.mark.requirement("AAL-6", "SES-13")
def test_it_is_never_fresh(before: Host, nina: Visitor) -> None:
    host = on_adoption_day(before)
    nina = at(host, nina, signed_in_before(before, nina))
    page = nina.opens("/transfer")
    assert page.path == "/login"
    assert "Sign in once more to confirm that it is you." in page.text
    assert nina.asks("/fresh").status_code == 401
    assert nina.opens("/setup-2fa").path == "/login"


def test_without_a_date_nobody_is_taken_over(before: Host, nina: Visitor) -> None:
    cookies = signed_in_before(before, nina, remember=True)
    assert not comes_with(nina, cookies).is_signed_in()


def test_nor_after_it(before: Host, nina: Visitor) -> None:
    cookies = signed_in_before(before, nina, remember=True)
    host = on_adoption_day(before)
    host.clock.moves(hours=7 * 24)
    assert not at(host, nina, cookies).is_signed_in()


# Who has, or must have, a second step


@pytest.mark.requirement("P1")
@pytest.mark.parametrize("remember", [False, True])
def test_an_enrolled_users_cookie_opens_nothing(before: Host, remember: bool) -> None:
    ann = settled(before, "ann")
    cookies = signed_in_before(before, ann, remember=remember)
    host = on_adoption_day(before)
    ann = at(host, ann, cookies)
    assert ann.opens("/dashboard").path == "/login"
    assert ann.cookie("remember_token") is None
    assert host.rows(Session) == []


@pytest.mark.requirement("P1", "FLOW-1")
def test_who_must_set_up_enters_the_password(before: Host, nina: Visitor) -> None:
    cookies = signed_in_before(before, nina, remember=True)
    host = on_adoption_day(before, VESTIBULE_POLICY="required")
    nina = at(host, nina, cookies)
    page = nina.opens("/dashboard")
    assert page.path == "/login"
    assert "Your account needs a second step now." in page.text
    assert "otpauth:" not in nina.opens("/setup-2fa").html
    assert host.rows(AdoptedCookie) == []


@pytest.mark.requirement("P1", "FLOW-5")
def test_a_second_step_set_up_since_ends_it_for_every_browser(before: Host, nina: Visitor) -> None:
    cookies = signed_in_before(before, nina)
    host = on_adoption_day(before)
    nina.enters_password()
    nina.sets_up()
    assert not at(host, nina, cookies).is_signed_in()


# What ends it


@pytest.mark.requirement("P7", "SES-2")
@pytest.mark.parametrize("way", ["password_changed", "sign_out_everywhere"])
def test_a_revocation_ends_it_for_a_user_who_never_came(
    before: Host, nina: Visitor, way: str
) -> None:
    cookies = signed_in_before(before, nina, remember=True)
    host = on_adoption_day(before)
    with host.app.test_request_context():
        getattr(host.vestibule, way)(Users().find("nina"))
    assert not at(host, nina, cookies).is_signed_in()


@pytest.mark.requirement("SES-2")
def test_signing_out_ends_it_for_every_other_cookie(before: Host, nina: Visitor) -> None:
    here, there = signed_in_before(before, nina), signed_in_before(before, nina, remember=True)
    host = on_adoption_day(before)
    at(host, nina, here).signs_out()
    host.clock.moves(1)
    assert not at(host, nina, there).is_signed_in()


@pytest.mark.requirement("SES-2")
def test_signing_out_with_a_cookie_that_was_not_taken_over_ends_it_too(
    before: Host, nina: Visitor
) -> None:
    cookies = signed_in_before(before, nina, remember=True)
    strict = on_adoption_day(before, VESTIBULE_POLICY="required")
    at(strict, nina, cookies).asks("/out")
    host = on_adoption_day(before)
    assert not at(host, nina, cookies).is_signed_in()


@pytest.mark.requirement("SES-9")
def test_a_deleted_users_cookie_opens_neither_theirs_nor_the_newcomers_account(
    before: Host, nina: Visitor
) -> None:
    cookies = signed_in_before(before, nina, remember=True)
    host = on_adoption_day(before)
    host.loses_user("nina")
    assert not at(host, nina, cookies).is_signed_in()
    eve = Visitor.new(host, "eve")
    assert eve.user_id == nina.user_id  # SQLite gives the key away again
    assert at(host, nina, cookies).asks("/who").text == "nobody"
    assert eve.enters_password().path == "/dashboard"


@pytest.mark.requirement("SES-9")
def test_nor_where_it_was_deleted_behind_the_orm(before: Host, nina: Visitor) -> None:
    cookies = signed_in_before(before, nina)
    host = on_adoption_day(before)
    with host.app.app_context():
        db.session.execute(db.delete(User))
        db.session.commit()
    Visitor.new(host, "eve")
    assert at(host, nina, cookies).asks("/who").text == "nobody"


@pytest.mark.requirement("SES-9")
def test_nor_where_the_newcomer_was_made_behind_it(before: Host, nina: Visitor) -> None:
    cookies = signed_in_before(before, nina)
    host = on_adoption_day(before)
    host.loses_user("nina")
    eve = {"id": int(nina.user_id), "username": "eve", "email": "", "password_hash": ""}
    with host.app.app_context():
        db.session.execute(db.insert(User.__table__), [eve])
        db.session.commit()
    assert at(host, nina, cookies).asks("/who").text == "nobody"


def test_flask_login_refreshes_no_cookie_of_its_own(before: Host, nina: Visitor) -> None:
    cookies = signed_in_before(before, nina)
    nina = comes_with(nina, cookies)
    nina.host.app.config["REMEMBER_COOKIE_REFRESH_EACH_REQUEST"] = True
    assert not nina.is_signed_in()
    assert nina.cookie("remember_token") is None


# What Flask-Login would not have believed either


@pytest.mark.parametrize(("mode", "inside"), [("strong", False), ("basic", True), (None, True)])
def test_flask_logins_session_protection_is_asked(
    before: Host, nina: Visitor, mode: str | None, inside: bool
) -> None:
    host = on_adoption_day(before, SESSION_PROTECTION=mode)
    elsewhere = at(host, nina, signed_in_before(before, nina))
    elsewhere.client.environ_base["REMOTE_ADDR"] = "198.51.100.7"
    assert elsewhere.is_signed_in() is inside


@pytest.mark.parametrize("token", ["", "1", "1|", "1|0", "|", "1|\u00e9", "\u00e9|\u00e9"])
def test_a_forged_remember_me_cookie_is_nothing(before: Host, nina: Visitor, token: str) -> None:
    host = on_adoption_day(before)
    assert at(host, nina, {"remember_token": token}).asks("/dashboard").status_code == 302


def test_a_cookie_of_nobody_is_nothing(before: Host, nina: Visitor) -> None:
    host = on_adoption_day(before)
    with host.app.test_request_context():
        token = encode_cookie("4711")
    assert at(host, nina, {"remember_token": token}).asks("/who").text == "nobody"


# At once


@pytest.mark.requirement("SES-2")
@pytest.mark.parametrize("remember", [False, True])
def test_many_requests_of_one_browser_are_one_adoption_and_all_answered(
    make: HostMaker, database_url: str, remember: bool
) -> None:
    before = make(database_url, VESTIBULE_POLICY="optional")
    nina = Visitor.new(before, "nina")
    cookies = signed_in_before(before, nina, remember=remember)
    host = on_adoption_day(before)
    tabs = [at(host, nina, cookies) for _ in range(50)]
    host.app.test_client().get("/who")
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda tab: tab.asks("/who").text, tabs))
    assert answers == ["nina"] * 50
    assert len(host.events("session.adopted")) == len(host.rows(Session)) == 1
    assert len(host.rows(RememberedBrowser)) == (1 if remember else 0)
    assert sum(tab.cookie("vestibule") is not None for tab in tabs) == 1


@pytest.mark.parametrize(
    "until",
    [
        (datetime.now(UTC) + WEEK).date(),
        (datetime.now(UTC) + WEEK).date().isoformat(),
        datetime.now(UTC) + WEEK,
        (datetime.now(UTC) + WEEK).isoformat(),
    ],
    ids=["date", "date in text", "moment", "moment in text"],
)
def test_the_date_may_be_written_as_one_likes(before: Host, nina: Visitor, until: Any) -> None:
    cookies = signed_in_before(before, nina)
    host = before.restarted(VESTIBULE_ADOPT_UNTIL=until)
    assert at(host, nina, cookies).is_signed_in()
