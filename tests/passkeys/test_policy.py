"""Passkeys and what the policy asks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.stories import HostMaker, settled
from tests.support.host_app import Host
from tests.support.passkey_person import adds, passkeys_of, shows, with_passkey
from tests.support.soft_passkey import SoftPasskey
from tests.support.visitor import Visitor
from vestibule import Required
from vestibule.configuration import read_settings
from vestibule.passkeys.models import Passkey
from vestibule.sessions.models import Session

ONLY_PASSKEYS = "Codes are not enough"


@pytest.fixture
def boss_site(site: Host) -> Host:
    """Bosses must have a passkey, everybody else a second step."""
    site.app.config["BOSSES"] = {"boss"}

    @site.vestibule.policy
    def decide(user: Any, context: Any) -> str:
        return "phishing_resistant" if user.username in site.app.config["BOSSES"] else "required"

    return site


def test_required_is_satisfied_by_either(site: Host, kim: Visitor, device: SoftPasskey) -> None:
    kim.enters_password()
    assert shows(kim, device).path == "/dashboard"
    ann = settled(site, "ann")
    ann.enters_password()
    assert ann.enters_code().path == "/dashboard"


@pytest.mark.requirement("AAL-3")
def test_whoever_needs_a_passkey_and_has_nothing_adds_one(boss_site: Host) -> None:
    boss = Visitor.new(boss_site, "boss")
    page = boss.enters_password()
    assert page.path == "/setup-passkey"
    assert boss.opens("/setup-2fa").path == "/setup-passkey"
    assert boss.opens("/dashboard").path == "/setup-passkey"
    page = adds(boss, SoftPasskey())
    assert page.path == "/dashboard"
    assert boss.papers.backup_codes == []  # they would open nothing


@pytest.mark.requirement("AAL-3", "P1")
def test_whoever_has_an_app_enters_its_code_and_adds_one_then(boss_site: Host) -> None:
    boss = Visitor(
        boss_site, settled(boss_site, "ann").papers, address="192.0.2.1", site="http://localhost"
    )
    boss_site.app.config["BOSSES"] = {"ann"}
    boss.enters_password()
    planted = boss.cookie("vestibule-pending")
    page = boss.enters_code()
    assert page.path == "/setup-passkey"
    assert not boss.is_signed_in()
    assert boss.cookie("vestibule-pending") != planted
    thief = boss.in_another_browser()
    thief.client.set_cookie("vestibule-pending", planted or "")
    assert thief.opens("/setup-passkey").path == "/login"
    assert adds(boss, SoftPasskey()).path == "/dashboard"
    assert boss.host.rows(Session)[0].by_passkey


@pytest.mark.requirement("AAL-3", "P1")
@pytest.mark.parametrize("way", ["code", "backup code"])
def test_whoever_has_a_passkey_passes_with_nothing_else(boss_site: Host, way: str) -> None:
    ann, device = settled(boss_site, "ann"), SoftPasskey()
    ann.signs_in()
    adds(ann, device)
    ann.signs_out()
    boss_site.app.config["BOSSES"] = {"ann"}
    page = ann.enters_password()
    assert ONLY_PASSKEYS in page.text
    token = {"csrf_token": ann.token("/verify-2fa")}
    if way == "code":
        answer = ann.posts("/verify-2fa", token | {"totp_code": ann.fresh_code()})
        assert answer.status_code == 422
    else:
        code = ann.papers.backup_codes[0]
        answer = ann.posts("/verify-2fa/backup-code", token | {"backup_code": code})
        assert answer.location == "/verify-2fa"
    assert not ann.is_signed_in()
    assert shows(ann, device).path == "/dashboard"


@pytest.mark.requirement("P1", "FLOW-1")
@pytest.mark.parametrize("level", ["code", "passkey"])
def test_who_becomes_a_boss_meanwhile(boss_site: Host, level: str) -> None:
    ann, device = settled(boss_site, "ann"), SoftPasskey()
    ann.signs_in()
    adds(ann, device)
    ann.signs_out()
    ann.enters_password()
    if level == "code":
        ann.enters_code()
    else:
        shows(ann, device)
    assert ann.is_signed_in()
    boss_site.app.config["BOSSES"] = {"ann"}
    assert ann.is_signed_in() is (level == "passkey")
    if level == "code":
        page = ann.opens("/dashboard")
        assert page.path == "/login"
        assert ann.opens("/security").path == "/login"


@pytest.mark.requirement("P1")
def test_a_remembered_browser_and_a_phished_code_add_no_passkey(make: HostMaker) -> None:
    """The cookie stands for a password that nobody has shown."""
    host = make(VESTIBULE_BASE_URL="http://localhost", REMEMBER=True)
    ann = settled(host, "ann")
    ann.signs_in()
    back = ann.in_another_browser()
    back.client.set_cookie("vestibule-remember", ann.cookie("vestibule-remember") or "")
    host.vestibule.policy(lambda user, context: "phishing_resistant")
    assert back.opens("/dashboard").path == "/login"
    assert back.opens("/setup-passkey").path == "/login"
    assert back.cookie("vestibule-pending") is None


@pytest.mark.parametrize("path", ["/%00", "/%00/remove"])
def test_what_is_no_id_of_a_passkey(kim: Visitor, device: SoftPasskey, path: str) -> None:
    shows(kim, device, purpose="sign-in")
    fields = {"csrf_token": kim.token("/security"), "name": "Name"}
    assert kim.posts(f"/security/passkeys{path}", fields).location == "/security/passkeys"


def test_a_boss_confirms_with_the_passkey_alone(boss_site: Host) -> None:
    ann, device = settled(boss_site, "ann"), SoftPasskey()
    ann.signs_in()
    adds(ann, device)
    boss_site.app.config["BOSSES"] = {"ann"}
    boss_site.clock.moves(minutes=11)
    page = ann.opens("/confirm")
    assert "6-digit" not in page.text
    fields = {"csrf_token": ann.token("/confirm"), "totp_code": ann.fresh_code()}
    assert ann.posts("/confirm", fields).location.startswith("/login")
    assert shows(ann, device, purpose="confirm").path == "/dashboard"


@pytest.mark.requirement("TOTP-17")
def test_the_last_factor_stays_where_one_is_required(kim: Visitor, device: SoftPasskey) -> None:
    shows(kim, device, purpose="sign-in")
    one = passkeys_of(kim)[0].id
    page = kim.opens(f"/security/passkeys/{one}/remove")
    assert "Add another passkey first" in page.text
    fields = {"csrf_token": kim.token("/security")}
    assert kim.posts(f"/security/passkeys/{one}/remove", fields).status_code == 422
    kim.sets_up()
    page = kim.opens(f"/security/passkeys/{one}/remove")
    assert kim.sends(page, page.form(action="/remove")).path == "/security/passkeys"
    assert kim.host.rows(Passkey) == []
    assert kim.is_signed_in()


def test_an_app_may_go_where_a_passkey_stays(site: Host) -> None:
    ann, device = settled(site, "ann"), SoftPasskey()
    ann.signs_in()
    adds(ann, device)
    page = ann.opens("/security/authenticators")
    page = ann.opens(next(link for link in page.links if "/security/authenticators/" in link))
    page = ann.opens(f"{page.path}/remove")
    assert "keep your passkeys" in page.text
    assert ann.sends(page, page.form(action="/remove")).path == "/security/authenticators"
    ann.signs_out()
    assert ann.enters_password().path == "/verify-2fa"
    assert shows(ann, device).path == "/dashboard"


@pytest.mark.requirement("TOTP-17")
@pytest.mark.parametrize("policy", ["required", "optional"])
def test_an_app_stays_where_passkeys_are_switched_off(site: Host, policy: str) -> None:
    """They still count, and nobody could be asked for them: the account would be shut."""
    ann, device = settled(site, "ann"), SoftPasskey()
    ann.signs_in()
    adds(ann, device)
    there = site.restarted(VESTIBULE_PASSKEYS=False, VESTIBULE_POLICY=policy)
    ann = ann.with_the_same_cookies(there)
    page = ann.opens("/security/authenticators")
    page = ann.opens(next(link for link in page.links if "/security/authenticators/" in link))
    one = page.path
    assert "keep your passkeys" not in ann.opens(f"{one}/remove").text
    answer = ann.posts(f"{one}/remove", {"csrf_token": ann.token("/security")})
    assert answer.location.startswith("/setup-2fa?replaces=")
    ann.signs_out()
    ann.enters_password()
    assert ann.enters_code().path == "/dashboard"


def test_where_none_is_required_the_last_one_may_go(make: HostMaker) -> None:
    host, device = (
        make(VESTIBULE_BASE_URL="http://localhost", VESTIBULE_POLICY="optional"),
        SoftPasskey(),
    )
    kim = with_passkey(host, "kim", device)
    shows(kim, device, purpose="sign-in")
    one = passkeys_of(kim)[0].id
    page = kim.opens(f"/security/passkeys/{one}/remove")
    assert "no second step" in page.text
    page = kim.sends(page, page.form(action="/remove"))
    assert page.path == "/security"
    assert "no second step any more" in page.text
    assert kim.in_another_browser().enters_password().path == "/dashboard"
    assert host.rows(Session)[0].level == "aal1"


def test_a_bosss_last_passkey_stays_whatever_else_there_is(boss_site: Host) -> None:
    ann, device = settled(boss_site, "ann"), SoftPasskey()
    ann.signs_in()
    adds(ann, device)
    boss_site.app.config["BOSSES"] = {"ann"}
    fields = {"csrf_token": ann.token("/security")}
    path = f"/security/passkeys/{passkeys_of(ann)[0].id}/remove"
    assert ann.posts(path, fields).status_code == 422
    assert len(passkeys_of(ann)) == 1


def test_another_accounts_passkey_is_not_there(site: Host, kim: Visitor) -> None:
    ann = settled(site, "ann")
    ann.signs_in()
    theirs = passkeys_of(kim)[0].id
    for path in (f"/security/passkeys/{theirs}", f"/security/passkeys/{theirs}/remove"):
        assert ann.opens(path).path == "/security/passkeys"
        fields = {"csrf_token": ann.token("/security"), "name": "Mine"}
        assert ann.posts(path, fields).location == "/security/passkeys"
    assert [row.name for row in passkeys_of(kim)] == ["Key"]


def test_the_first_one_waits_for_a_link_where_the_policy_says_so(site: Host) -> None:
    site.vestibule.policy(lambda user, context: Required(by_link=True, phishing_resistant=True))
    boss = Visitor.new(site, "boss")
    page = boss.enters_password()
    assert (page.status, page.heading) == (403, "Your second step waits for a link")


def test_renaming(kim: Visitor, device: SoftPasskey) -> None:
    shows(kim, device, purpose="sign-in")
    path = f"/security/passkeys/{passkeys_of(kim)[0].id}"
    assert kim.fills_in(path, name="  ").status == 422
    assert "The new name is saved" in kim.fills_in(path, name="Blue key").text
    assert passkeys_of(kim)[0].name == "Blue key"


def test_where_only_passkeys_count_a_site_without_them_does_not_start(
    site: Host,
) -> None:
    config = site.app.config | {
        "VESTIBULE_POLICY": "phishing_resistant",
        "VESTIBULE_BASE_URL": "http://192.0.2.1",
    }
    _, found = read_settings(config)
    assert "VESTIBULE_POLICY" in [one.setting for one in found]


def test_whoever_has_one_is_not_reminded_of_a_day(
    site: Host, kim: Visitor, device: SoftPasskey
) -> None:
    due = site.clock.now() + timedelta(days=30)
    site.vestibule.policy(lambda user, context: Required(since=due))
    assert shows(kim, device, purpose="sign-in").path == "/dashboard"


@pytest.mark.requirement("AAL-3")
def test_the_session_says_whether_it_can_have_been_phished(make: HostMaker) -> None:
    site, told = make(VESTIBULE_BASE_URL="http://localhost"), {}

    @site.app.get("/how")
    def how() -> str:
        session = site.vestibule.this_session()
        assert session is not None
        told["is"] = session.phishing_resistant
        return ""

    ann = settled(site, "ann")
    ann.signs_in()
    ann.asks("/how")
    assert told["is"] is False
    device = SoftPasskey()
    kim = with_passkey(site, "kim", device)
    shows(kim, device, purpose="sign-in")
    kim.asks("/how")
    assert told["is"] is True
