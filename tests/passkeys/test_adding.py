"""Adding a passkey, and each part of what a browser answers altered once."""

from __future__ import annotations

import pytest

from tests.stories import HostMaker, settled
from tests.support.host_app import Host
from tests.support.passkey_person import adds, options, passkeys_of, sends, shows, with_passkey
from tests.support.routes import unchanged
from tests.support.soft_passkey import BE, BS, UP, UV, Saying, SoftPasskey, decoded
from tests.support.visitor import Visitor
from vestibule.passkeys.flows import purge
from vestibule.passkeys.models import Passkey
from vestibule.subjects.models import Subject

COUNTED = (
    *("vestibule_event", "vestibule_budget", "vestibule_passkey_challenge", "vestibule_outbox"),
    "vestibule_session",  # when it was last seen
)
ALTERED: dict[str, tuple[Saying, str]] = {
    "type": (Saying(type="webauthn.get"), "not verified"),
    "challenge": (Saying(challenge=bytes(32)), "challenge"),
    "origin": (Saying(origin="http://evil.example"), "not verified"),
    "crossOrigin": (Saying(client={"crossOrigin": True}), "elsewhere"),
    "rpIdHash": (Saying(rp_id="evil.example"), "not verified"),
    "no user presence": (Saying(flags=UV), "not verified"),
    "backed up, yet not eligible": (Saying(flags=UP | UV | BS), "backup"),
    "algorithm": (Saying(algorithm=-35), "not verified"),
    "algorithm of another key": (Saying(algorithm=-37), "not verified"),
    "credential id beside": (Saying(claimed_id=b"another id"), "not verified"),
    "credential id too long": (Saying(credential_id=bytes(1024)), "unreadable"),
    "attestation": (Saying(fmt="packed", statement={"alg": -7, "sig": b"no"}), "not verified"),
    "attestation of nobody": (Saying(fmt="none", statement={"sig": b"no"}), "not verified"),
    "attestation unheard of": (Saying(fmt="unheard-of"), "not verified"),
    "kind": (Saying(kind="password"), "not verified"),
}


@pytest.fixture
def ann(site: Host) -> Visitor:
    """Has an app, and is signed in with its code."""
    ann = settled(site, "ann")
    ann.signs_in()
    return ann


@pytest.mark.requirement("WA-2", "WA-4", "WA-5", "WA-8")
@pytest.mark.parametrize("part", ALTERED)
def test_an_answer_with_another(ann: Visitor, part: str) -> None:
    saying, why = ALTERED[part]
    credential = SoftPasskey().created(options(ann, "register"), saying)
    with unchanged(ann.host, *COUNTED):
        page = sends(ann, "register", credential)
    assert (page.status, page.path) == (422, "/setup-passkey")
    assert [row.details["why"] for row in ann.host.events("passkey.refused")] == [why]
    assert ann.host.rows(Passkey) == []


@pytest.mark.requirement("WA-4", "WA-8", "WA-10")
@pytest.mark.parametrize("algorithm", [-8, -7, -257])
def test_each_algorithm_that_is_offered(ann: Visitor, algorithm: int) -> None:
    told = options(ann, "register")
    assert [one["alg"] for one in told["pubKeyCredParams"]] == [-8, -7, -257]
    assert told["attestation"] == "none"
    device = SoftPasskey(algorithm, flags=UP | UV | BE | BS)
    adds(ann, device)
    row = passkeys_of(ann)[0]
    assert (row.backup_eligible, row.backed_up, row.transports) == (True, True, "internal")
    ann.signs_out()
    ann.enters_password()
    assert shows(ann, device, Saying(flags=UP | UV | BE)).path == "/dashboard"
    assert passkeys_of(ann)[0].backed_up is False


@pytest.mark.requirement("WA-1", "WA-6", "WA-11")
def test_what_the_browser_is_told(ann: Visitor) -> None:
    first = SoftPasskey()
    told = options(ann, "register")
    assert told["excludeCredentials"] == []
    assert told["rp"] == {"name": "Host", "id": "localhost"}
    assert (told["timeout"], len(decoded(told["challenge"]))) == (300_000, 32)
    assert told["authenticatorSelection"]["residentKey"] == "preferred"
    handle = decoded(told["user"]["id"])
    assert len(handle) == 64
    assert ann.username.encode() not in handle
    adds(ann, first)
    again = options(ann, "register")
    assert [decoded(one["id"]) for one in again["excludeCredentials"]] == [first.credential_id]
    assert decoded(again["user"]["id"]) == handle
    assert again["challenge"] != told["challenge"]


@pytest.mark.requirement("WA-5")
def test_a_passkey_that_somebody_has(site: Host, ann: Visitor) -> None:
    theirs = SoftPasskey()
    with_passkey(site, "lee", theirs)
    page = adds(ann, SoftPasskey(credential_id=theirs.credential_id))
    assert page.status == 422
    assert "in use already" in page.text
    assert passkeys_of(ann) == []


@pytest.mark.requirement("SES-13", "TOTP-14")
def test_adding_wants_a_fresh_second_step(ann: Visitor) -> None:
    credential = SoftPasskey().created(options(ann, "register"))
    fields = {"csrf_token": ann.token("/setup-passkey"), "credential": credential, "name": "Key"}
    ann.host.clock.moves(minutes=11)
    assert ann.opens("/setup-passkey").path == "/confirm"
    told = {"csrf_token": ann.token("/confirm"), "purpose": "register"}
    assert ann.posts("/passkey/options", told).status_code == 409
    assert ann.posts("/setup-passkey", fields).status_code == 303
    assert ann.host.rows(Passkey) == []


@pytest.mark.requirement("P1")
def test_between_the_steps_nobody_adds_one(kim: Visitor) -> None:
    kim.enters_password()
    assert kim.opens("/setup-passkey").path == "/verify-2fa"
    fields = {"csrf_token": kim.token("/verify-2fa"), "purpose": "register"}
    assert kim.posts("/passkey/options", fields).status_code == 409


@pytest.mark.requirement("SES-10", "FLOW-5")
def test_every_other_session_ends_with_a_new_one(ann: Visitor) -> None:
    other = ann.in_another_browser()
    other.signs_in()
    adds(ann, SoftPasskey())
    assert ann.is_signed_in()
    assert not other.is_signed_in()


def test_the_first_one_brings_backup_codes_and_its_name_is_proposed(site: Host) -> None:
    nina = Visitor.new(site, "nina")
    page = nina.enters_password()
    assert "/setup-passkey" in page.links
    page = nina.opens("/setup-passkey")
    assert page.form(with_field="credential").fields["name"] == "Passkey (an unknown browser)"
    credential = SoftPasskey().created(options(nina, "register"))
    page = sends(nina, "register", credential, name="")
    assert len(page.backup_codes) == 10
    assert nina.is_signed_in()
    assert passkeys_of(nina)[0].name == "Passkey (an unknown browser)"


def test_ten_are_possible(ann: Visitor) -> None:
    for _ in range(10):
        adds(ann, SoftPasskey())
    assert "at most 10" in adds(ann, SoftPasskey()).text
    assert len(passkeys_of(ann)) == 10


def test_a_challenge_that_nobody_answered_is_deleted(ann: Visitor) -> None:
    options(ann, "register")
    ann.host.clock.moves(minutes=5)
    with ann.host.services.database.write() as connection:
        assert purge(connection, ann.host.clock.now()) == 1


def test_with_a_closed_account_go_its_passkeys(site: Host, kim: Visitor) -> None:
    options(kim, "sign-in")
    site.loses_user("kim")
    assert site.rows(Passkey) == []
    assert [row.passkey_handle for row in site.rows(Subject) if row.closed] == [None]


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"VESTIBULE_PASSKEYS": False, "VESTIBULE_BASE_URL": "http://localhost"}, "offer"),
        ({"VESTIBULE_BASE_URL": ""}, "offer"),
    ],
)
@pytest.mark.requirement("P1")
def test_where_they_are_switched_off_nothing_shows_them_and_they_still_count(
    make: HostMaker, site: Host, kim: Visitor, config: dict[str, str], words: str
) -> None:
    host = site.restarted(**config)
    kim = kim.with_the_same_cookies(host)
    page = kim.enters_password()
    assert page.path == "/verify-2fa"
    assert "does not accept any now" in page.text
    assert kim.enters_backup_code().status == 200
    assert kim.is_signed_in()
    assert "/setup-passkey" not in kim.opens("/setup-2fa").html
    assert kim.asks("/passkey").status_code == 404
    assert kim.asks("/setup-passkey").status_code in (303, 403)
    nina = Visitor.new(host, "nina")
    assert "passkey" not in nina.enters_password().html.lower()


def test_a_name_can_be_too_long(ann: Visitor) -> None:
    credential = SoftPasskey().created(options(ann, "register"))
    page = sends(ann, "register", credential, name="n" * 41)
    assert page.status == 422
    sends(ann, "register", credential, name="Key")  # nothing of it was used up
    assert [row.name for row in passkeys_of(ann)] == ["Key"]
