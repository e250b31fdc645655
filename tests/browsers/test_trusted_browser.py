"""Trusted browsers: no second step there for a while, and no more than one step's worth."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from flask_login import current_user

from tests.stories import HostMaker, settled
from tests.support.guessing import loses_the_authenticator_to_guessing
from tests.support.host_app import Host
from tests.support.seen import Seen
from tests.support.visitor import Visitor
from vestibule import fresh_required, second_step_required
from vestibule.audit.values import Origin
from vestibule.browsers import trusted
from vestibule.browsers.models import TrustedBrowser
from vestibule.configuration import read_settings

COOKIE = "vestibule-trusted"
MONTH = timedelta(days=30)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def host(make: HostMaker) -> Host:
    """A host that lets people trust their browsers."""
    return with_views(make(VESTIBULE_POLICY="optional", VESTIBULE_TRUST_BROWSERS_FOR=MONTH))


def with_views(host: Host) -> Host:
    views: dict[str, Any] = {
        "transfer": fresh_required(minutes=5)(lambda: "transferred"),
        "report": second_step_required(lambda: "reported"),
        "told": lambda: host.vestibule.this_session().level,  # type: ignore[union-attr]
        "change": lambda: str(host.vestibule.password_changed(current_user)),
        "everywhere": lambda: str(host.vestibule.sign_out_everywhere(current_user)),
    }
    for name, view in views.items():
        host.app.add_url_rule(f"/{name}", name, view)
    return host


@pytest.fixture
def ann(host: Host) -> Visitor:
    """Has a second step and is signed out."""
    ann = Visitor.new(host, "ann")
    ann.enters_password()
    page = ann.sets_up()
    ann.sends(page, page.form(action="/logout"))
    return ann


@pytest.fixture
def home(ann: Visitor) -> Visitor:
    """The browser that ann trusts; she is signed out."""
    trusts(ann)
    ann.signs_out()
    return ann


def trusts(person: Visitor) -> Seen:
    person.enters_password()
    page = person.opens("/verify-2fa", **{"User-Agent": FIREFOX})
    fields = page.form(with_field="totp_code").fields | {
        "totp_code": person.fresh_code(),
        "trust_browser": "y",
    }
    return Seen(
        person.posts("/verify-2fa", fields, follow_redirects=True, **{"User-Agent": FIREFOX})
    )


def level(person: Visitor) -> str:
    return person.asks("/told").text


def later(person: Visitor) -> None:
    """Long enough for an old token to be a copy's."""
    person.host.clock.moves(11)


# Off, offered, wished for


def test_nobody_is_offered_it_unless_the_operator_says_so(make: HostMaker) -> None:
    ann = settled(make(VESTIBULE_POLICY="optional"), "ann")
    page = ann.enters_password()
    assert "Trust this browser" not in page.text
    fields = page.form(with_field="totp_code").fields
    ann.posts("/verify-2fa", fields | {"totp_code": ann.fresh_code(), "trust_browser": "y"})
    assert ann.is_signed_in()
    assert ann.cookie(COOKIE) is None


@pytest.mark.requirement("TD-1")
def test_it_is_offered_unticked_and_only_to_who_wishes_it(ann: Visitor) -> None:
    page = ann.enters_password()
    assert "Trust this browser for 30 days" in page.text
    assert "Only on a device that is yours." in page.text
    assert 'name="trust_browser"' in page.html
    assert "checked" not in page.html
    ann.enters_code()
    assert ann.cookie(COOKIE) is None
    assert ann.host.rows(TrustedBrowser) == []


def test_a_backup_code_trusts_nothing(ann: Visitor) -> None:
    ann.enters_password()
    page = ann.opens("/verify-2fa/backup-code")
    assert "Trust this browser" not in page.text
    form = page.form(with_field="backup_code")
    code = ann.papers.backup_codes.pop()
    ann.sends(page, form, backup_code=code, trust_browser="y")
    assert ann.is_signed_in()
    assert ann.cookie(COOKIE) is None


@pytest.mark.parametrize("days", [31, -1])
@pytest.mark.requirement("TD-6")
def test_more_than_thirty_days_stop_the_start(days: int) -> None:
    lasts = timedelta(days=days)
    _, findings = read_settings({"VESTIBULE_TRUST_BROWSERS_FOR": lasts})
    assert "VESTIBULE_TRUST_BROWSERS_FOR" in [one.setting for one in findings]


# What it is worth


@pytest.mark.requirement("TD-1")
@pytest.mark.requirement("AAL-6")
def test_there_the_password_is_enough_and_worth_one_step(home: Visitor) -> None:
    assert not home.is_signed_in()
    assert home.enters_password().path == "/dashboard"
    assert level(home) == "aal1"
    opened = home.host.events("session.opened")[-1]
    assert opened.factor == "trusted_browser"
    assert opened.details["level"] == "aal1"


@pytest.mark.requirement("TD-6")
def test_the_password_is_asked_for_all_the_same(home: Visitor) -> None:
    assert home.opens("/dashboard").path == "/login"
    assert home.enters_password("a wrong one").status == 422
    assert not home.is_signed_in()


@pytest.mark.requirement("TD-1")
@pytest.mark.requirement("SES-13")
@pytest.mark.parametrize("path", ["/transfer", "/report", "/setup-2fa"])
def test_what_is_grave_asks_for_the_second_step(home: Visitor, path: str) -> None:
    home.enters_password()
    page = home.opens(path)
    assert page.path == "/confirm"
    assert not page.shows_a_secret
    home.sends(page, page.form(with_field="totp_code"), totp_code=home.fresh_code())
    assert level(home) == "aal2"
    assert home.opens(path).path == path


@pytest.mark.requirement("BC-7")
def test_new_backup_codes_ask_for_it_too(home: Visitor) -> None:
    home.enters_password()
    old = list(home.papers.backup_codes)
    page = home.makes_new_backup_codes()
    assert (page.status, page.heading) == (403, "Confirm it’s you")
    assert home.papers.backup_codes == old


def test_l05_a_session_of_trust_changes_no_factor(home: Visitor) -> None:
    home.enters_password()
    page = home.opens("/dashboard")
    token = page.form(action="/logout").fields["csrf_token"]
    answer = home.posts("/setup-2fa", {"csrf_token": token, "totp_code": "000000", "name": "Mine"})
    assert answer.location.startswith("/confirm")


def test_a_disabled_authenticator_is_asked_about_there_too(home: Visitor) -> None:
    loses_the_authenticator_to_guessing(home.in_another_browser())
    assert home.enters_password().path == "/verify-2fa"


# The cookie


@pytest.mark.requirement("TD-2")
@pytest.mark.requirement("P5")
def test_its_cookie_changes_at_each_use_and_is_not_in_the_database(home: Visitor) -> None:
    before = home.cookie(COOKIE)
    home.enters_password()
    after = home.cookie(COOKIE)
    assert before
    assert after
    assert before != after
    assert all(part not in str(home.host.snapshot()) for part in after.split("."))


@pytest.mark.requirement("TD-3")
def test_its_cookie_is_for_this_host_and_no_script(make: HostMaker) -> None:
    host = make(
        VESTIBULE_POLICY="optional",
        VESTIBULE_TRUST_BROWSERS_FOR=MONTH,
        VESTIBULE_BASE_URL="https://localhost",
        SESSION_COOKIE_SECURE=True,
    )
    ann = Visitor.new(host, "ann")
    ann.site = "https://localhost"
    ann.enters_password()
    page = ann.sets_up()
    ann.sends(page, page.form(action="/logout"))
    trusts(ann)
    cookies = [one for answer in ann.answers for one in answer.headers.getlist("Set-Cookie")]
    [cookie] = [one for one in cookies if one.startswith("__Host-vestibule-trusted=")]
    for attribute in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=2592000"):
        assert attribute in cookie
    assert "Domain" not in cookie


@pytest.mark.requirement("TD-6")
def test_use_does_not_lengthen_it(home: Visitor) -> None:
    home.host.clock.moves(days=29)
    assert home.enters_password().path == "/dashboard"
    home.signs_out()
    home.host.clock.moves(days=1)
    assert home.enters_password().path == "/verify-2fa"


@pytest.mark.requirement("TD-2")
def test_l53_another_accounts_cookie_is_worthless(home: Visitor) -> None:
    ben = settled(home.host, "ben")
    ben.client.set_cookie(COOKIE, home.cookie(COOKIE) or "")
    assert ben.enters_password().path == "/verify-2fa"
    # And it is not used up by that.
    assert home.enters_password().path == "/dashboard"


def test_a_stolen_cookie_ends_the_trust_and_what_the_thief_opened(home: Visitor) -> None:
    """The thief has the password too, so comes in once, with one step's worth."""
    thief = home.with_the_same_cookies()
    assert thief.enters_password().path == "/dashboard"
    assert thief.opens("/transfer").path == "/confirm"
    later(home)
    assert home.enters_password().path == "/verify-2fa"
    [copied] = home.host.events("trust.copied")
    assert copied.subject_id == home.subject_id
    assert home.host.rows(TrustedBrowser) == []
    assert not thief.is_signed_in()
    assert thief.enters_password().path == "/verify-2fa"


def test_a_form_sent_twice_signs_in_twice_and_ends_nothing(home: Visitor) -> None:
    twice = home.with_the_same_cookies()
    assert home.enters_password().path == "/dashboard"
    assert twice.enters_password().path == "/dashboard"
    assert twice.cookie(COOKIE) != home.cookie(COOKIE)
    home.signs_out()
    later(home)
    assert home.enters_password().path == "/dashboard"
    assert not home.host.events("trust.copied")


def test_many_uses_at_once_change_the_cookie_once(database_url: str, make: HostMaker) -> None:
    host = with_views(
        make(database_url, VESTIBULE_POLICY="optional", VESTIBULE_TRUST_BROWSERS_FOR=MONTH)
    )
    ann = Visitor.new(host, "ann")
    ann.enters_password()
    page = ann.sets_up()
    ann.sends(page, page.form(action="/logout"))
    trusts(ann)
    ann.signs_out()
    # As many tries as are allowed before the first of them is found right; one more may be 429.
    tabs = [ann.with_the_same_cookies() for _ in range(5)]
    forms = [one.opens("/login").form(with_field="password").fields for one in tabs]
    start = Barrier(len(tabs))

    def send(tab: Visitor, form: dict[str, str]) -> str:
        start.wait()
        fields = form | {"username": "ann", "password": ann.papers.password}
        return tab.posts("/login", fields).location

    with ThreadPoolExecutor(len(tabs)) as pool:
        led = list(pool.map(send, tabs, forms))
    assert set(led) == {"/dashboard"}
    assert len({one.cookie(COOKIE) for one in tabs} - {ann.cookie(COOKIE)}) == 1
    assert len(host.rows(TrustedBrowser)) == 1


# What ends it


@pytest.mark.requirement("TD-4")
@pytest.mark.parametrize("way", ["/change", "/everywhere"])
def test_l53_what_ends_everything_ends_it(home: Visitor, way: str) -> None:
    other = home.in_another_browser()
    other.signs_in()
    assert other.asks(way).status_code == 200
    assert home.enters_password().path == "/verify-2fa"
    assert home.cookie(COOKIE) is None


@pytest.mark.requirement("TD-4")
def test_l53_so_does_a_new_authenticator(home: Visitor) -> None:
    other = home.in_another_browser()
    other.signs_in()
    other.sets_up("Second")
    assert home.enters_password().path == "/verify-2fa"


@pytest.mark.requirement("TD-4")
def test_it_ends_between_the_password_and_its_answer_too(home: Visitor) -> None:
    home.host.hasher.meanwhile = lambda: home.host.revokes(home.user_id)
    assert home.enters_password().path == "/login"
    assert not home.is_signed_in()


def test_a_deleted_user_leaves_none_behind(home: Visitor) -> None:
    home.host.loses_user("ann")
    assert home.host.rows(TrustedBrowser) == []


def test_signing_out_leaves_it(home: Visitor) -> None:
    for _ in range(2):
        assert home.enters_password().path == "/dashboard"
        home.signs_out()


# The policy


@pytest.mark.requirement("TD-1")
def test_where_a_second_step_is_required_nobody_is_trusted(home: Visitor) -> None:
    home.enters_password()
    strict = home.with_the_same_cookies(
        with_views(home.host.restarted(VESTIBULE_POLICY="required"))
    )
    # The session of trust grants nothing any more, nor does the cookie.
    assert not strict.is_signed_in()
    page = strict.enters_password()
    assert page.path == "/verify-2fa"
    assert "Trust this browser" not in page.text


def test_unless_the_operator_says_so(home: Visitor) -> None:
    host = home.host.restarted(VESTIBULE_POLICY="required", VESTIBULE_TRUST_WHERE_REQUIRED=True)
    person = home.with_the_same_cookies(with_views(host))
    assert person.enters_password().path == "/dashboard"
    assert level(person) == "aal1"
    assert person.opens("/transfer").path == "/confirm"


def test_switched_off_it_counts_for_nothing_at_once(home: Visitor) -> None:
    home.enters_password()
    off = home.with_the_same_cookies(home.host.restarted(VESTIBULE_TRUST_BROWSERS_FOR=0))
    assert not off.is_signed_in()
    assert off.enters_password().path == "/verify-2fa"


@pytest.mark.requirement("TD-6")
def test_a_shorter_time_is_that_of_browsers_trusted_before_too(home: Visitor) -> None:
    home.host.clock.moves(timedelta(days=2).total_seconds())
    shorter = home.with_the_same_cookies(
        home.host.restarted(VESTIBULE_TRUST_BROWSERS_FOR=timedelta(days=1))
    )
    assert shorter.enters_password().path == "/verify-2fa"


@pytest.mark.requirement("TD-6")
def test_switched_off_and_on_again_it_begins_anew(home: Visitor) -> None:
    off = home.host.restarted(VESTIBULE_TRUST_BROWSERS_FOR=0)
    off.app.extensions["vestibule"].purged_at = float("-inf")  # it runs for a while
    home.in_another_browser().with_the_same_cookies(off).opens("/login")
    assert home.host.rows(TrustedBrowser) == []
    assert home.enters_password().path == "/verify-2fa"


def test_a_remembered_browsers_cookie_and_a_trusted_ones_open_nothing_together(
    make: HostMaker,
) -> None:
    host = make(VESTIBULE_POLICY="optional", VESTIBULE_TRUST_BROWSERS_FOR=MONTH, REMEMBER=True)
    ann = Visitor.new(host, "ann")
    ann.enters_password()
    ann.sets_up()
    trusts(ann)
    assert ann.cookie("vestibule-remember")
    assert ann.cookie(COOKIE)
    ann.client.delete_cookie("vestibule")
    page = ann.opens("/dashboard")
    assert page.path == "/verify-2fa"
    assert "Trust this browser" not in page.text


# Listed, renamed, ended by its owner


@pytest.mark.requirement("TD-5")
def test_its_owner_sees_it_by_a_name_and_may_call_it_otherwise(home: Visitor) -> None:
    services, now = home.host.services, home.host.clock.now()
    with services.database.write() as connection:
        [one] = trusted.listed(connection, home.subject_id, now)
        assert (one.name, one.address) == ("Firefox on Linux", home.address)
        assert one.ends_at == one.since + MONTH
        assert trusted.rename(connection, home.subject_id, one.id, "The kitchen laptop")
        assert not trusted.rename(connection, "0" * 32, one.id, "Mine now")
        [one] = trusted.listed(connection, home.subject_id, now)
        assert one.name == "The kitchen laptop"


@pytest.mark.requirement("TD-5")
@pytest.mark.parametrize("which", ["one", "all"])
def test_its_owner_may_end_it_and_what_came_of_it(home: Visitor, which: str) -> None:
    home.enters_password()
    services, nowhere = home.host.services, Origin("", "", "")
    with services.database.write() as connection:
        now = home.host.clock.now()
        [one] = trusted.listed(connection, home.subject_id, now)
        stranger = trusted.stop(connection, now, "0" * 32, nowhere, one.id)
        stopped = trusted.stop(
            connection, now, home.subject_id, nowhere, one.id if which == "one" else None
        )
    assert (stranger, stopped) == (0, 1)
    assert len(home.host.events("trust.ended")) == 1
    assert not home.is_signed_in()
    assert home.enters_password().path == "/verify-2fa"
