"""Where an account is signed in: seen, signed out one by one, and everywhere else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event

from tests.stories import HostMaker, settled
from tests.support.before_vestibule import comes_with, signed_in_before
from tests.support.host_app import Host
from tests.support.races import at_once
from tests.support.seen import Seen
from tests.support.visitor import Visitor
from vestibule.browsers.models import RememberedBrowser
from vestibule.sessions.models import Session

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"
PAGE, END = "/security/sessions", "/security/sessions/end"


def elsewhere(person: Visitor, address: str = "198.51.100.7") -> Visitor:
    """The same person, signed in with another browser too."""
    other = person.in_another_browser(address)
    other.client.environ_base["HTTP_USER_AGENT"] = FIREFOX
    other.signs_in()
    return other


def public_id(person: Visitor, address: str) -> str:
    (row,) = [one for one in person.host.rows(Session) if one.address == address]
    return str(row.public_id)


def ends(person: Visitor, page: Seen | None = None) -> Seen:
    """Presses the first "Sign out" of another browser."""
    page = page or person.opens(PAGE)
    return person.sends(page, page.form(action=END))


@pytest.mark.requirement("SES-11")
def test_each_is_seen_by_browser_address_and_time(ann: Visitor) -> None:
    elsewhere(ann)
    ann.host.clock.moves(minutes=5)
    ann.signs_in()
    text = ann.opens(PAGE).text
    assert "Firefox on Windows 198.51.100.7 · signed in 5 minutes ago" in text
    assert text.index("This browser") < text.index("Firefox on Windows")
    assert "just now" in text


@pytest.mark.requirement("SES-11", "P7")
def test_one_is_signed_out_and_its_copied_cookie_with_it(ann: Visitor) -> None:
    ann.signs_in()
    other = elsewhere(ann)
    third = elsewhere(ann, "198.51.100.8")
    copied = other.with_the_same_cookies()
    page = ann.opens(PAGE)
    fields = {"csrf_token": page.form(action=END).fields["csrf_token"]}
    answer = ann.posts(END, fields | {"session": public_id(ann, other.address)})
    assert answer.location == f"{PAGE}?done=out"
    assert not other.is_signed_in()
    assert not copied.is_signed_in()
    assert third.is_signed_in()
    assert ann.is_signed_in()
    (ended,) = ann.host.events("session.ended_elsewhere")
    assert (ended.subject_id, ended.details["ended"]) == (ann.subject_id, FIREFOX)


@pytest.mark.requirement("SES-11")
@pytest.mark.parametrize("field", ["session", "browser"])
def test_somebody_elses_is_not_there_and_stays(make: HostMaker, field: str) -> None:
    host = make(VESTIBULE_POLICY="optional", REMEMBER=True)
    ann, ben = settled(host, "ann"), settled(host, "ben")
    ben = elsewhere(ben)
    theirs = {
        "session": public_id(ben, ben.address),
        "browser": next(r.id for r in host.rows(RememberedBrowser) if r.address == ben.address),
    }
    ann.signs_in()
    before = len(host.rows(Session)), len(host.rows(RememberedBrowser))
    token = ann.token(PAGE)
    for value in (theirs[field], "", "no such", "\0", host.rows(Session)[0].id):
        answer = ann.posts(END, {"csrf_token": token, field: value})
        assert answer.status_code == 404
        assert "Your account has no such session" in answer.text
    assert (len(host.rows(Session)), len(host.rows(RememberedBrowser))) == before
    assert ben.is_signed_in()
    assert host.events("session.ended_elsewhere") == []


def test_a_second_click_finds_nothing_and_says_so(ann: Visitor) -> None:
    ann.signs_in()
    elsewhere(ann)
    page = ann.opens(PAGE)
    assert ends(ann, page).status == 200
    assert ends(ann, page).status == 404
    assert len(ann.host.events("session.ended_elsewhere")) == 1


@pytest.mark.requirement("SES-11")
@pytest.mark.parametrize("action", [END, "/security/sessions/end-others"])
def test_it_asks_first_whether_it_is_you(ann: Visitor, action: str) -> None:
    ann.signs_in()
    other = elsewhere(ann)
    ann.host.clock.moves(minutes=11)
    page = ann.opens(PAGE)
    page = ann.sends(page, page.form(action=action))
    assert (page.status, page.heading) == (403, "Confirm it’s you")
    assert "You are about to sign" in page.text
    assert other.is_signed_in()
    page = ann.sends(page, page.form(with_field="totp_code"), totp_code=ann.fresh_code())
    page = ann.sends(page, page.form(action=action))
    assert (page.path, page.status) == (PAGE, 200)
    assert not other.is_signed_in()
    assert ann.is_signed_in()


def test_one_that_gets_a_new_token_meanwhile_does_not_slip_away(ann: Visitor) -> None:
    ann.signs_in()
    other = elsewhere(ann)
    page = ann.opens(PAGE)
    other.fills_in("/confirm", totp_code=other.fresh_code())
    ends(ann, page)
    assert not other.is_signed_in()


@pytest.mark.requirement("WEB-1")
def test_without_the_pages_own_token_nothing_ends(ann: Visitor) -> None:
    ann.signs_in()
    other = elsewhere(ann)
    identity = public_id(ann, other.address)
    theirs = other.token(PAGE)
    for token in ("", "forged", theirs):
        ann.posts(END, {"csrf_token": token, "session": identity})
        ann.posts("/security/sessions/end-others", {"csrf_token": token})
    assert other.is_signed_in()


def test_who_is_not_signed_in_ends_nothing(ann: Visitor) -> None:
    other = elsewhere(ann)
    between = ann.in_another_browser()
    token = between.enters_password().form(with_field="totp_code").fields["csrf_token"]
    for path in (END, "/security/sessions/end-others"):
        answer = between.posts(
            path, {"csrf_token": token, "session": public_id(ann, other.address)}
        )
        assert answer.location.startswith("/login")
    for path in (PAGE, "/security/browsers", "/security/activity"):
        assert ann.in_another_browser().opens(path).path == "/login"
    assert other.is_signed_in()


def test_who_must_set_up_first_sees_none_of_it(newcomer: Visitor) -> None:
    newcomer.enters_password()
    for path in (PAGE, "/security/browsers", "/security/activity", "/security"):
        assert newcomer.opens(path).path == "/login"


@pytest.mark.requirement("SES-10", "TD-4")
def test_everywhere_else_leaves_nothing_that_comes_back(make: HostMaker) -> None:
    host = make(
        VESTIBULE_POLICY="optional",
        REMEMBER=True,
        VESTIBULE_TRUST_BROWSERS_FOR=timedelta(days=30),
        VESTIBULE_ADOPT_UNTIL="2999-01-01",
    )
    ann = settled(host, "ann")
    ann.signs_in()
    other = elsewhere(ann)
    between = ann.in_another_browser()
    between.enters_password()
    trusting = ann.in_another_browser()
    trusting.enters_password()
    trusting.fills_in("/verify-2fa", totp_code=ann.fresh_code(), trust_browser="y")
    otto = Visitor.new(host, "otto")
    old = signed_in_before(host, otto, remember=True)
    otto.enters_password()
    for person in (ann, otto):
        page = person.opens(PAGE)
        page = person.sends(page, page.form(action="/end-others"))
        assert "signed out everywhere but here" in page.text
        assert person.is_signed_in()
    for one in (other, trusting):
        one.client.delete_cookie("vestibule")
        assert one.opens("/dashboard").path == "/login"
    assert between.opens("/verify-2fa").path == "/login"
    assert trusting.enters_password().path == "/verify-2fa"
    assert not comes_with(otto, old).is_signed_in()


def test_what_was_remembered_goes_with_the_session(make: HostMaker) -> None:
    host = make(VESTIBULE_POLICY="optional", REMEMBER=True)
    otto = Visitor.new(host, "otto")
    otto.enters_password()
    host.clock.moves(1)
    other = elsewhere(otto)
    page = otto.opens(PAGE)
    assert "Comes back without the password until" in page.text
    ends(otto, page)
    other.client.delete_cookie("vestibule")
    assert not other.is_signed_in()
    assert [row.address for row in host.rows(RememberedBrowser)] == [otto.address]


def test_who_is_between_the_steps_by_a_cookie_goes_too(make: HostMaker) -> None:
    host = make(VESTIBULE_POLICY="optional", REMEMBER=True)
    ann = settled(host, "ann")
    ann.signs_in()
    other = elsewhere(ann)
    thief = other.with_the_same_cookies()
    thief.client.delete_cookie("vestibule")
    assert thief.opens("/dashboard").path == "/verify-2fa"
    ends(ann)
    assert thief.opens("/verify-2fa").path == "/login"


def test_a_browser_that_comes_back_is_told_without_a_session_and_ended(make: HostMaker) -> None:
    host = make(VESTIBULE_POLICY="optional", REMEMBER=True)
    otto = Visitor.new(host, "otto")
    other = elsewhere(otto)
    host.clock.moves(hours=2)
    otto.enters_password()
    page = otto.opens(PAGE)
    assert "Browsers that come back by themselves" in page.text
    assert "Firefox on Windows" in page.text
    page = ends(otto, page)
    assert "Firefox on Windows" not in page.text
    assert not other.is_signed_in()
    assert otto.is_signed_in()


def test_sessions_that_are_over_are_not_shown(ann: Visitor) -> None:
    elsewhere(ann)
    ann.host.clock.moves(minutes=61)
    ann.signs_in()
    assert "Firefox on Windows" not in ann.opens(PAGE).text


def test_two_who_throw_each_other_out_do_not_both_succeed(
    database_url: str, make: HostMaker
) -> None:
    ann = settled(make(database_url), "ann")
    ann.signs_in()
    other = elsewhere(ann)
    forms = [(who, who.opens(PAGE).form(action=END).fields) for who in (ann, other)]
    at_once([lambda who=who, form=form: who.posts(END, form) for who, form in forms])
    assert [ann.is_signed_in(), other.is_signed_in()].count(True) == 1
    assert len(ann.host.events("session.ended_elsewhere")) == 1


def test_of_two_who_end_all_others_at_once_one_stays(database_url: str, make: HostMaker) -> None:
    """The other's session was over when it asked."""
    ann = settled(make(database_url), "ann")
    ann.signs_in()
    other = elsewhere(ann)
    path = "/security/sessions/end-others"
    forms = [(who, who.opens(PAGE).form(action=path).fields) for who in (ann, other)]
    at_once([lambda who=who, form=form: who.posts(path, form) for who, form in forms])
    assert [ann.is_signed_in(), other.is_signed_in()].count(True) == 1
    assert len(ann.host.events("session.all_ended")) == 1


@pytest.mark.requirement("P5")
def test_no_token_nor_hash_of_one_is_in_the_page(ann: Visitor) -> None:
    ann.signs_in()
    elsewhere(ann)
    html = ann.opens(PAGE).html
    assert not any(row.id in html for row in ann.host.rows(Session))
    assert ann.cookie("vestibule") not in html


@pytest.mark.parametrize("path", [PAGE, "/security/browsers", "/security/activity", "/security"])
def test_statements_do_not_grow_with_the_rows(ann: Visitor, path: str) -> None:
    ann.signs_in()
    few = statements(ann.host, ann, path)
    for _ in range(4):
        elsewhere(ann)
    assert statements(ann.host, ann, path) == few


def statements(host: Host, person: Visitor, path: str) -> int:
    said: list[str] = []

    def hear(*told: object) -> None:
        said.append(str(told[2]))

    event.listen(host.engine, "before_cursor_execute", hear)
    assert person.opens(path).status == 200
    event.remove(host.engine, "before_cursor_execute", hear)
    return sum("SELECT" in one for one in said)
