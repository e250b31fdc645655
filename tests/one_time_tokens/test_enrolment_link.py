"""The first authenticator, set up with a one-time link and in no other way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.stories import HostMaker, settled
from tests.support.host_app import Host
from tests.support.host_tables import Users
from tests.support.races import at_once
from tests.support.seen import Seen
from tests.support.visitor import Visitor
from tests.web.page_rules import check
from vestibule import Required
from vestibule.audit.values import Origin
from vestibule.authenticators.models import Authenticator, Enrolment
from vestibule.foundation.tokens import token_key
from vestibule.one_time_tokens.flows import look_up, use
from vestibule.one_time_tokens.models import OneTimeToken
from vestibule.one_time_tokens.values import Fault, LinkRefused, Purpose
from vestibule.sessions.models import Session

ASK = "Ask the people who run Host for a new one."
WITHOUT = "Open the link that you were sent, or ask the people who run Host for one."


@pytest.fixture
def host(make: HostMaker) -> Host:
    """Everybody needs a second step, and a link to set it up."""
    host = make(VESTIBULE_BASE_URL="http://localhost")
    host.vestibule.policy(lambda user, context: Required(by_link=True))
    return host


@pytest.fixture
def nina(host: Host) -> Visitor:
    return Visitor.new(host, "nina")


def link_for(person: Visitor) -> str:
    with person.host.app.app_context():
        return person.host.vestibule.enrolment_link(Users().find(person.username))


def opens(person: Visitor, link: str) -> Seen:
    address = urlsplit(link)
    return person.opens(f"{address.path}?{address.query}")


def token_of(link: str) -> str:
    return link.partition("token=")[2]


def test_the_link_then_the_password_then_the_set_up(nina: Visitor) -> None:
    page = opens(nina, link_for(nina))
    assert page.path == "/login"
    assert "Sign in to set up the second step." in page.text
    fields = {"username": "nina", "password": nina.papers.password}
    page = nina.sends(page, page.form(with_field="password"), **fields)
    assert page.path == "/setup-2fa"
    assert nina.sets_up(page=page).path == "/dashboard"
    assert nina.is_signed_in()
    assert nina.host.rows(OneTimeToken) == []
    assert nina.cookie("vestibule-link") is None
    assert [event.details for event in nina.host.events("link.used")] == [{"purpose": "enrolment"}]


def test_the_password_first_and_then_the_link_do_as_well(nina: Visitor) -> None:
    nina.enters_password()
    assert opens(nina, link_for(nina)).path == "/setup-2fa"
    assert nina.sets_up().path == "/dashboard"


def test_without_a_link_no_secret_is_shown_and_none_is_made(nina: Visitor) -> None:
    page = nina.enters_password()
    assert (page.path, page.status) == ("/setup-2fa", 403)
    assert WITHOUT in page.text
    assert not page.shows_a_secret
    check(page.answer)
    token = page.form(action="/verify-2fa/cancel").fields["csrf_token"]
    fields = {"csrf_token": token, "totp_code": "123456", "name": "Phone"}
    assert nina.posts("/setup-2fa", fields).status_code == 403
    assert nina.host.rows(Enrolment) == []
    assert nina.sends(page, page.form(action="/verify-2fa/cancel")).path == "/login"


@pytest.mark.requirement("WEB-4")
def test_l59_opening_a_link_changes_nothing(nina: Visitor) -> None:
    link = link_for(nina)
    before = nina.host.snapshot()
    for _ in range(3):
        scanner = nina.in_another_browser()
        assert opens(scanner, link).path == "/login"
        scanner.client.head(urlsplit(link).path + "?" + urlsplit(link).query)
    assert nina.host.snapshot() == before
    assert nina.enters_password().status == 403
    opens(nina, link)
    assert nina.sets_up().path == "/dashboard"


@pytest.mark.requirement("REC-6")
def test_the_token_is_traded_for_a_cookie_and_a_clean_address(nina: Visitor) -> None:
    link = link_for(nina)
    opens(nina, link)
    nina.enters_password()
    nina.sets_up()
    first = nina.answers[0]
    assert first.location == "/setup-2fa"
    assert first.headers["Referrer-Policy"] == "no-referrer"
    (cookie,) = (c for c in first.headers.getlist("Set-Cookie") if c.startswith("vestibule-link="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    token = token_of(link)
    assert len(token) == 43
    for answer in nina.answers:
        assert token not in answer.text
        assert token not in (answer.location or "")
    rows = {table: text for table, text in nina.host.snapshot().items() if token in str(text)}
    assert rows == {}


@pytest.mark.requirement("REC-6")
def test_the_address_is_the_configured_one_whatever_host_was_asked(make: HostMaker) -> None:
    host = make(VESTIBULE_BASE_URL="http://localhost:8000/acme/", VESTIBULE_URL_PREFIX="/2fa")
    Visitor.new(host, "nina")
    with host.app.test_request_context(base_url="https://evil.example/other"):
        link = host.vestibule.enrolment_link(Users().find("nina"))
    assert link.startswith("http://localhost:8000/acme/2fa/setup-2fa/link?token=")


def test_without_a_configured_address_there_is_no_link(make: HostMaker) -> None:
    host = make()
    Visitor.new(host, "nina")
    with (
        host.app.test_request_context(),
        pytest.raises(ValueError, match="VESTIBULE_BASE_URL"),
    ):
        host.vestibule.enrolment_link(Users().find("nina"))
    assert host.rows(OneTimeToken) == []


def test_a_link_for_somebody_who_has_a_second_step_is_refused(make: HostMaker) -> None:
    host = make(VESTIBULE_BASE_URL="http://localhost")
    ann = settled(host, "ann")
    with pytest.raises(ValueError, match="has a second step already"):
        link_for(ann)


def expired(nina: Visitor, link: str) -> None:
    nina.host.clock.moves(hours=24)


def replaced(nina: Visitor, link: str) -> None:
    link_for(nina)


def revoked(nina: Visitor, link: str) -> None:
    with nina.host.app.test_request_context():
        nina.host.vestibule.password_changed(Users().find("nina"))


def forgotten(nina: Visitor, link: str) -> None:
    nina.host.sets(OneTimeToken, kind="another")


WORDS = [
    (expired, f"It worked for 24 hours. {ASK}"),
    (replaced, f"It was used already, or a newer one was sent. Open the newest link. {ASK}"),
    (revoked, f"Your account was changed after it was made. {ASK}"),
    (forgotten, f"It was used already, or a newer one was sent. Open the newest link. {ASK}"),
]


@pytest.mark.parametrize(("happens", "words"), WORDS)
def test_a_link_that_is_over_says_why_when_it_is_opened(
    nina: Visitor, happens: Any, words: str
) -> None:
    link = link_for(nina)
    happens(nina, link)
    page = opens(nina, link)
    assert (page.status, page.heading) == (410, "This link does not work any more")
    assert words in page.text
    assert nina.cookie("vestibule-link") is None


@pytest.mark.parametrize(("happens", "words"), WORDS)
def test_a_link_that_ended_after_it_was_opened_says_why_at_the_set_up(
    nina: Visitor, happens: Any, words: str
) -> None:
    link = link_for(nina)
    opens(nina, link)
    happens(nina, link)
    page = nina.enters_password()
    assert (page.path, page.status) == ("/setup-2fa", 403)
    assert words in page.text
    assert not page.shows_a_secret


@pytest.mark.parametrize("happens", [expired, replaced, forgotten])
def test_a_link_that_ended_while_the_code_was_typed_adds_nothing(
    nina: Visitor, happens: Any, make: HostMaker
) -> None:
    nina.host = host = nina.host.restarted(VESTIBULE_ENROLMENT_LIFETIME=timedelta(days=2))
    host.vestibule.policy(lambda user, context: Required(by_link=True))
    nina = nina.with_the_same_cookies(host)
    link = link_for(nina)
    opens(nina, link)
    page = nina.enters_password()
    happens(nina, link)
    code = nina.fresh_code(page.secret)
    page = nina.sends(page, page.form(with_field="totp_code"), totp_code=code)
    assert page.status == 403
    assert host.rows(Authenticator) == []
    assert not nina.is_signed_in()


def test_a_used_link_is_worth_nothing(nina: Visitor) -> None:
    link = link_for(nina)
    opens(nina, link)
    nina.enters_password()
    nina.sets_up()
    page = opens(nina.in_another_browser(), link)
    assert page.status == 410
    assert "It was used already" in page.text


@pytest.mark.requirement("FLOW-3")
def test_l40_a_link_is_good_for_its_own_account_only(nina: Visitor) -> None:
    eve = Visitor.new(nina.host, "eve")
    opens(eve, link_for(nina))
    page = eve.enters_password()
    assert page.status == 403
    assert "It is for another account." in page.text
    assert not page.shows_a_secret
    # Nor with a page from one link and the cookie of another.
    opens(eve, link_for(eve))
    page = eve.opens("/setup-2fa")
    eve.client.set_cookie("vestibule-link", token_of(link_for(nina)))
    code = eve.fresh_code(page.secret)
    assert eve.sends(page, page.form(with_field="totp_code"), totp_code=code).status == 403
    assert nina.host.rows(Authenticator) == []
    assert len(nina.host.rows(OneTimeToken)) == 2


def test_a_link_does_not_stand_for_the_password(nina: Visitor) -> None:
    opens(nina, link_for(nina))
    for path in ("/dashboard", "/setup-2fa", "/backup-codes", "/verify-2fa"):
        assert nina.opens(path).path == "/login"
    assert nina.host.rows(Enrolment) == nina.host.rows(Session) == []


def test_l07_of_thirty_set_ups_with_one_link_one_succeeds(nina: Visitor) -> None:
    link = link_for(nina)
    sends = []
    for _ in range(30):
        browser = nina.in_another_browser()
        opens(browser, link)
        page = browser.enters_password()
        fields = page.form(with_field="totp_code").fields | {
            "totp_code": browser.code(0, page.secret)
        }
        sends.append(lambda who=browser, fields=fields: who.posts("/setup-2fa", fields))
    answers = at_once(sends)
    led = [a for a in answers if (a.location or "").startswith("/backup-codes")]
    assert len(led) == 1
    assert len(nina.host.rows(Authenticator)) == 1
    assert len(nina.host.events("link.used")) == 1


def test_l07_the_claim_alone_lets_one_of_thirty_through(database_url: str, make: HostMaker) -> None:
    host = make(database_url, VESTIBULE_BASE_URL="http://localhost")
    nina = Visitor.new(host, "nina")
    link = look_up(host.services, token_of(link_for(nina)), Purpose.ENROLMENT)
    seen = host.subject(nina.user_id)

    def uses() -> bool:
        try:
            with host.services.database.write() as connection:
                now = host.services.clock.now()
                use(connection, now, link, seen, Purpose.ENROLMENT, Origin("", "", ""))
        except LinkRefused as refused:
            return refused.fault is not Fault.UNKNOWN
        return True

    assert sum(at_once([uses] * 30)) == 1


def test_before_the_date_it_is_told_and_can_wait(nina: Visitor) -> None:
    due = nina.host.clock.now() + timedelta(days=3)
    nina.host.vestibule.policy(lambda user, context: Required(since=due, by_link=True))
    page = nina.enters_password()
    assert "You have 3 days left to set up the second step" in page.text
    assert WITHOUT in page.text
    assert "/dashboard" in page.links
    assert nina.is_signed_in()
    assert nina.posts("/setup-2fa", {"totp_code": "123456"}).status_code == 403
    opens(nina, link_for(nina))
    assert nina.sets_up().path == "/dashboard"
    assert nina.host.rows(OneTimeToken) == []


def test_one_more_authenticator_needs_no_link(nina: Visitor) -> None:
    opens(nina, link_for(nina))
    nina.enters_password()
    nina.sets_up()
    nina.sets_up("Tablet")
    assert len(nina.host.rows(Authenticator)) == 2


def test_where_no_link_is_needed_one_is_not_used_up(make: HostMaker) -> None:
    host = make(VESTIBULE_BASE_URL="http://localhost")
    nina = Visitor.new(host, "nina")
    opens(nina, link_for(nina))
    nina.signs_in()
    assert host.events("link.used") == []


def test_links_of_a_user_who_is_gone_go_too(nina: Visitor) -> None:
    link = link_for(nina)
    nina.host.loses_user("nina")
    assert nina.host.rows(OneTimeToken) == []
    assert opens(nina, link).status == 410


def test_a_link_that_ended_is_purged_a_day_later(nina: Visitor, host: Host) -> None:
    link_for(nina)
    installed = host.app.extensions["vestibule"]
    for hours, left in ((47, 1), (1, 0)):
        host.clock.moves(hours=hours)
        installed.purged_at = float("-inf")
        nina.opens("/dashboard")
        assert len(host.rows(OneTimeToken)) == left


def test_the_database_holds_a_hash_of_the_token(nina: Visitor, host: Host) -> None:
    token = token_of(link_for(nina))
    (row,) = host.rows(OneTimeToken)
    assert row.id == token_key(token)


@pytest.mark.parametrize("token", ["", "x", "\ud800", "a" * 5000, "%00"])
def test_what_is_no_token_is_told_in_words(nina: Visitor, token: str) -> None:
    answer = nina.client.get(
        "/setup-2fa/link", query_string={"token": token.encode("utf-8", "surrogatepass")}
    )
    assert answer.status_code == 410


@pytest.mark.parametrize("but", ["another account", "a newer version", "a later time"])
def test_the_claim_itself_is_for_one_account_one_version_and_a_time(
    nina: Visitor, host: Host, but: str
) -> None:
    """Whatever was looked up before it, in another request or a moment ago."""
    eve = Visitor.new(host, "eve")
    eve.enters_password()
    link = look_up(host.services, token_of(link_for(nina)), Purpose.ENROLMENT)
    seen, now = host.subject(nina.user_id), host.clock.now()
    if but == "another account":
        seen = host.subject(eve.user_id)
    elif but == "a newer version":
        seen = seen._replace(version=seen.version + 1)
    else:
        now += timedelta(hours=24)
    with pytest.raises(LinkRefused), host.services.database.write() as connection:
        use(connection, now, link, seen, Purpose.ENROLMENT, Origin("", "", ""))
    assert len(host.rows(OneTimeToken)) == 1
