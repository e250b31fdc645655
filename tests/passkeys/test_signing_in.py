"""A passkey in place of name and password."""

from __future__ import annotations

import pytest

from tests.stories import HostMaker, settled
from tests.support.guessing import guesses, sets_count
from tests.support.host_app import Host
from tests.support.host_tables import User
from tests.support.passkey_person import adds, options, passkeys_of, sends, shows, with_passkey
from tests.support.soft_passkey import Saying, SoftPasskey
from tests.support.visitor import Visitor
from vestibule.notices.links import link_token
from vestibule.notices.models import Outbox
from vestibule.passkeys.models import PasskeyChallenge
from vestibule.sessions.models import Session
from vestibule.signin.schedule import PASSKEY_ADDRESS, PASSKEY_ASKED, PASSKEY_KNOWN


@pytest.mark.requirement("AAL-1", "AAL-3", "WA-3")
def test_it_opens_a_session_of_both_steps(kim: Visitor, device: SoftPasskey) -> None:
    stranger = kim.in_another_browser()
    assert stranger.opens("/passkey").heading == "Sign in with a passkey"
    page = shows(stranger, device, purpose="sign-in")
    assert page.path == "/dashboard"
    assert "aal2" in page.text
    row = kim.host.rows(Session)[0]
    assert (row.level, row.by_passkey, row.method) == ("aal2", True, "passkey")
    opened = kim.host.events("session.opened")[-1]
    assert (opened.factor, opened.subject_id) == ("passkey", kim.subject_id)
    assert "known_browser" not in opened.details


def test_it_leads_to_what_was_asked_for_and_nowhere_else(kim: Visitor, device: SoftPasskey) -> None:
    for asked, leads_to in (("/security", "/security"), ("//evil.example", "/dashboard")):
        person = kim.in_another_browser()
        credential = device.shown(options(person, "sign-in"))
        page = person.opens(f"/passkey?next={asked}")
        form = page.form(with_field="credential")
        assert person.sends(page, form, credential=credential).path == leads_to


@pytest.mark.requirement("P8", "ENUM-1", "ENUM-3")
def test_what_strangers_are_told_names_nobody(kim: Visitor, device: SoftPasskey) -> None:
    stranger = kim.in_another_browser()
    assert options(stranger, "sign-in")["allowCredentials"] == []
    unknown = shows(stranger, SoftPasskey(handle=bytes(64)), purpose="sign-in")
    kim.host.loses_user("kim")
    gone = shows(stranger, device, purpose="sign-in")
    assert (unknown.status, unknown.errors) == (gone.status, gone.errors)
    assert unknown.text == gone.text


def test_whom_the_host_does_not_let_in(
    site: Host, kim: Visitor, device: SoftPasskey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not active, or nobody to the host's user_loader: as with a password, and no other words."""
    manager = site.app.login_manager
    load = manager._user_callback
    manager.user_loader(lambda user_id: None)
    assert shows(kim.in_another_browser(), device, purpose="sign-in").status == 422
    manager.user_loader(load)
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(User, "is_active", False)
        assert shows(kim.in_another_browser(), device, purpose="sign-in").status == 422
    assert [row.details["why"] for row in site.events("passkey.failed")] == ["no user"] * 2
    assert site.rows(Session) == []
    assert shows(kim, device, purpose="sign-in").path == "/dashboard"


@pytest.mark.requirement("P4", "RL-4")
def test_while_codes_cool_off_it_still_signs_in(site: Host) -> None:
    ann, device = settled(site, "ann"), SoftPasskey()
    ann.signs_in()
    adds(ann, device)
    ann.signs_out()
    thief = ann.in_another_browser("198.51.100.7")
    thief.enters_password()
    guesses(thief, 5)
    other = ann.in_another_browser("203.0.113.5")
    other.enters_password()
    assert other.enters_code(other.code()).status == 429
    assert shows(other, device).path == "/dashboard"
    assert shows(ann.in_another_browser(), device, purpose="sign-in").path == "/dashboard"


@pytest.mark.requirement("REC-8")
def test_after_this_wasnt_me_it_stands_alone_no_more(make: HostMaker, tmp_path: object) -> None:
    """Whoever's passkey it is: "closed to everybody until a new password is set" must be true."""
    host = make(
        VESTIBULE_BASE_URL="http://localhost",
        VESTIBULE_MAIL=f"file://{tmp_path}/outbox",
    )
    host.vestibule.password_disabled(lambda user: None)
    device = SoftPasskey()
    kim = with_passkey(host, "kim", device)
    newest = max(host.rows(Outbox), key=lambda row: row.made_at)
    owner = kim.in_another_browser()
    page = owner.opens(f"/not-me/link?token={link_token(host.services.keyring, newest.id)}")
    owner.sends(page, page.form(action="/not-me"))
    page = shows(kim, device, purpose="sign-in")
    assert page.status == 422
    assert "only after your password" in page.text
    assert not passkeys_of(kim)[0].stands_alone
    kim.enters_password()  # the host of these stories disables none
    assert shows(kim, device).path == "/dashboard"
    assert "This wasn’t me" in kim.opens("/security/passkeys").text


@pytest.mark.requirement("SES-3")
def test_whoever_was_signed_in_here_before_is_signed_out(
    site: Host, kim: Visitor, device: SoftPasskey
) -> None:
    ann = settled(site, "ann")
    ann.signs_in()
    credential = device.shown(options(ann.in_another_browser(), "sign-in"))
    assert sends(kim, "sign-in", credential).status == 422  # another browser's
    before = ann.with_the_same_cookies()
    told = {"csrf_token": ann.token("/security"), "purpose": "sign-in"}
    challenge = ann.posts("/passkey/options", told).get_json()
    fields = {"csrf_token": told["csrf_token"], "credential": device.shown(challenge)}
    assert ann.posts("/passkey", fields).location == "/dashboard"
    assert "Welcome, kim" in ann.opens("/dashboard").text
    assert not before.is_signed_in()


@pytest.mark.requirement("RL-1")
def test_challenges_and_tries_of_one_address_are_bounded(kim: Visitor, device: SoftPasskey) -> None:
    stranger = kim.in_another_browser("198.51.100.9")
    token = stranger.token("/passkey")
    fields = {"csrf_token": token, "purpose": "sign-in"}
    first = stranger.posts("/passkey/options", fields).get_json()
    for _ in range(100):
        stranger.posts("/passkey", {"csrf_token": token, "credential": "x"})
    credential = device.shown(first)
    fields = {"csrf_token": token, "credential": credential}
    assert stranger.posts("/passkey", fields).status_code == 429
    assert shows(kim, device, purpose="sign-in").path == "/dashboard"


@pytest.mark.requirement("P4")
def test_whoever_uses_up_the_challenges_of_an_address_keeps_nobody_from_the_second_step(
    kim: Visitor, device: SoftPasskey
) -> None:
    options(kim, "sign-in")
    sets_count(kim, PASSKEY_ASKED, PASSKEY_ASKED.limit)
    fields = {"csrf_token": kim.token("/passkey"), "purpose": "sign-in"}
    assert kim.posts("/passkey/options", fields).status_code == 429
    kim.enters_password()
    assert shows(kim, device).path == "/dashboard"


@pytest.mark.requirement("P4", "RL-4")
def test_strangers_at_the_owners_address_keep_no_known_browser_out(
    kim: Visitor, device: SoftPasskey
) -> None:
    shows(kim, device, purpose="sign-in")
    kim.signs_out()
    stranger = kim.in_another_browser("192.0.2.1")
    shows(stranger, device, Saying(spoil_signature=True), purpose="sign-in")
    for budget in (PASSKEY_ASKED, PASSKEY_ADDRESS):
        sets_count(stranger, budget, budget.limit)
    fields = {"csrf_token": stranger.token("/passkey"), "purpose": "sign-in"}
    assert stranger.posts("/passkey/options", fields).status_code == 429
    assert stranger.posts("/passkey", fields | {"credential": "x"}).status_code == 429
    assert shows(kim, device, purpose="sign-in").path == "/dashboard"


@pytest.mark.requirement("RL-1")
def test_a_known_browser_has_no_tries_without_end(kim: Visitor, device: SoftPasskey) -> None:
    shows(kim, device, purpose="sign-in")
    kim.signs_out()
    shows(kim, device, Saying(spoil_signature=True), purpose="sign-in")
    for budget in (PASSKEY_ASKED, PASSKEY_KNOWN):
        sets_count(kim, budget, budget.limit)
    fields = {"csrf_token": kim.token("/passkey"), "purpose": "sign-in"}
    assert kim.posts("/passkey/options", fields).status_code == 429
    challenged = {"challenge": "AAAA"}
    fields |= {"credential": device.shown(challenged)}
    assert kim.posts("/passkey", fields).status_code == 429


def test_one_that_passes_gives_its_try_back(kim: Visitor, device: SoftPasskey) -> None:
    for _ in range(3):
        shows(kim, device, purpose="sign-in")
        kim.signs_out()
    budgets = kim.host.snapshot()["vestibule_budget"]
    spent = [row for row in budgets if "passkey.address" in row]
    assert spent
    assert all(row.split(", ")[2] == "0" for row in spent)
    assert kim.host.rows(PasskeyChallenge) == []


def test_nothing_is_asked_for_without_the_pages_own_token(kim: Visitor) -> None:
    answer = kim.posts("/passkey/options", {"purpose": "sign-in"})
    assert answer.status_code == 403
    for purpose in ("second-step", "confirm", "register", "anything", ""):
        fields = {"csrf_token": kim.token("/passkey"), "purpose": purpose}
        answer = kim.posts("/passkey/options", fields)
        assert (answer.status_code, answer.mimetype) == (409, "application/problem+json")
    assert kim.host.rows(PasskeyChallenge) == []


@pytest.mark.requirement("SES-13", "A11Y-3")
def test_a_post_that_waited_for_the_passkey_goes_on(kim: Visitor, device: SoftPasskey) -> None:
    other = kim.in_another_browser()
    for person in (kim, other):
        shows(person, device, purpose="sign-in")
    page = kim.opens("/security/sessions")
    kim.host.clock.moves(minutes=11)
    page = kim.sends(page, page.form(action="/end-others"))
    assert (page.status, page.heading) == (403, "Confirm it’s you")
    form = page.form(with_field="credential")
    page = kim.sends(page, form, credential=device.shown(options(kim, "confirm")))
    kim.sends(page, page.form(action="/end-others"))
    assert kim.is_signed_in()
    assert not other.is_signed_in()
