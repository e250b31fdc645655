"""Each part of a passkey's answer altered once: refused, nothing changed, one event."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.support.host_app import Host
from tests.support.passkey_person import adds, options, passkeys_of, sends, shows, with_passkey
from tests.support.routes import unchanged
from tests.support.soft_passkey import BE, BS, TRUTH, UP, UV, Saying, SoftPasskey
from tests.support.visitor import Visitor

COUNTED = ("vestibule_event", "vestibule_budget", "vestibule_passkey_challenge", "vestibule_outbox")
"""What a refused try leaves: that it was made, and that its challenge is used up."""

ALTERED: dict[str, tuple[Saying, str]] = {
    "type": (Saying(type="webauthn.create"), "not verified"),
    "challenge": (Saying(challenge=bytes(32)), "challenge"),
    "no challenge": (Saying(challenge=b""), "challenge"),
    "origin": (Saying(origin="http://localhost.evil.example"), "not verified"),
    "port": (Saying(origin="http://localhost:8000"), "not verified"),
    "scheme": (Saying(origin="https://localhost"), "not verified"),
    "crossOrigin": (Saying(client={"crossOrigin": True}), "elsewhere"),
    "crossOrigin as a word": (Saying(client={"crossOrigin": "no"}), "elsewhere"),
    "topOrigin": (Saying(client={"topOrigin": "http://evil.example"}), "elsewhere"),
    "rpIdHash": (Saying(rp_id="evil.example"), "not verified"),
    "no user presence": (Saying(flags=UV), "not verified"),
    "backup eligible at once": (Saying(flags=UP | UV | BE), "backup"),
    "backed up, yet not eligible": (Saying(flags=UP | UV | BS), "backup"),
    "signature": (Saying(spoil_signature=True), "not verified"),
    "credential id": (Saying(credential_id=b"another id"), "unknown"),
    "user handle": (Saying(handle=bytes(64)), "another's"),
    "kind": (Saying(kind="password"), "not verified"),
}


def refusals(host: Host) -> list[Any]:
    return [row.details["why"] for row in host.events("passkey.failed")]


@pytest.mark.requirement("WA-2", "WA-8")
@pytest.mark.parametrize("part", ALTERED)
def test_an_answer_with_another(kim: Visitor, device: SoftPasskey, part: str) -> None:
    saying, why = ALTERED[part]
    kim.enters_password()
    credential = device.shown(options(kim, "second-step"), saying)
    with unchanged(kim.host, *COUNTED):
        page = sends(kim, "second-step", credential)
    assert (page.status, page.path) == (422, "/verify-2fa")
    assert refusals(kim.host) == [why]
    assert not kim.is_signed_in()
    assert shows(kim, device).path == "/dashboard"


@pytest.mark.requirement("WA-2")
def test_the_key_of_another_device_signs_nothing(kim: Visitor, device: SoftPasskey) -> None:
    kim.enters_password()
    forged = SoftPasskey(credential_id=device.credential_id, handle=device.handle)
    assert shows(kim, forged).status == 422
    assert refusals(kim.host) == ["not verified"]


@pytest.mark.requirement("WA-9")
@pytest.mark.parametrize("purpose", ["second-step", "confirm"])
def test_the_passkey_of_another_account(
    site: Host, kim: Visitor, device: SoftPasskey, purpose: str
) -> None:
    theirs = SoftPasskey()
    with_passkey(site, "lee", theirs)
    kim.enters_password()
    if purpose == "confirm":
        shows(kim, device)
        site.clock.moves(minutes=11)
    for handle in (theirs.handle, device.handle):
        assert shows(kim, theirs, Saying(handle=handle), purpose).status == 422
    assert refusals(site) == ["another's", "another's"]
    events = site.events("passkey.failed")
    assert {row.subject_id for row in events} == {kim.subject_id}


@pytest.mark.requirement("WA-3")
def test_alone_without_user_verification_it_is_one_step_only(
    kim: Visitor, device: SoftPasskey
) -> None:
    with unchanged(kim.host, *COUNTED):
        page = shows(kim, device, Saying(flags=UP), "sign-in")
    assert (page.status, page.path) == (422, "/passkey")
    assert "one step" in page.text
    assert refusals(kim.host) == ["no user verification"]
    assert not kim.is_signed_in()
    kim.enters_password()
    assert shows(kim, device, Saying(flags=UP)).path == "/dashboard"


@pytest.mark.requirement("WA-9")
@pytest.mark.parametrize("saying", [Saying(without_handle=True), Saying(handle=bytes(64))])
def test_alone_the_handle_says_whose_it_is(
    kim: Visitor, device: SoftPasskey, saying: Saying
) -> None:
    assert shows(kim, device, saying, "sign-in").status == 422
    assert refusals(kim.host) == ["another's"]


def test_a_key_that_keeps_no_handle_is_a_second_step(kim: Visitor, device: SoftPasskey) -> None:
    kim.enters_password()
    assert shows(kim, device, Saying(without_handle=True)).path == "/dashboard"


@pytest.mark.requirement("WA-1", "AAL-2")
@pytest.mark.parametrize("purpose", ["second-step", "sign-in", "confirm"])
def test_a_replayed_answer(kim: Visitor, device: SoftPasskey, purpose: str) -> None:
    if purpose == "second-step":
        kim.enters_password()
    if purpose == "confirm":
        shows(kim, device, purpose="sign-in")
    credential = device.shown(options(kim, purpose))
    thief = kim.with_the_same_cookies()
    assert sends(kim, purpose, credential).path == "/dashboard"
    form = {"credential": credential, "csrf_token": kim.token("/security"), "next": ""}
    path = {"second-step": "/verify-2fa", "sign-in": "/passkey", "confirm": "/confirm"}[purpose]
    kim.posts(path, form)
    thief.posts(path, form | {"csrf_token": thief.token("/passkey")})
    assert not thief.is_signed_in()
    assert set(refusals(kim.host)) <= {"challenge"}


@pytest.mark.requirement("WA-1")
def test_an_answer_after_five_minutes(kim: Visitor, device: SoftPasskey) -> None:
    kim.enters_password()
    credential = device.shown(options(kim, "second-step"))
    kim.host.clock.moves(minutes=5)
    page = sends(kim, "second-step", credential)
    assert page.status == 422
    assert "took too long" in page.text
    assert refusals(kim.host) == ["challenge"]


@pytest.mark.requirement("WA-1")
def test_an_answer_to_what_was_asked_for_something_else(kim: Visitor, device: SoftPasskey) -> None:
    alone = device.shown(options(kim, "sign-in"))
    kim.enters_password()
    assert sends(kim, "second-step", alone).status == 422
    shows(kim, device)
    kim.host.clock.moves(minutes=11)
    to_confirm = device.shown(options(kim, "confirm"))
    other = kim.in_another_browser()
    other.enters_password()
    assert sends(other, "second-step", to_confirm).status == 422
    assert sends(kim, "confirm", device.shown(options(other, "second-step"))).status == 422
    assert refusals(kim.host) == ["challenge"] * 3


@pytest.mark.requirement("WA-1")
def test_what_was_asked_for_to_add_a_passkey_confirms_nothing(
    kim: Visitor, device: SoftPasskey
) -> None:
    """Both are asked by one session: the purpose alone tells them apart."""
    shows(kim, device, purpose="sign-in")
    to_add = options(kim, "register")
    assert sends(kim, "confirm", device.shown(to_add)).status == 422
    assert refusals(kim.host) == ["challenge"]


@pytest.mark.requirement("WA-1")
@pytest.mark.parametrize("purpose", ["second-step", "sign-in"])
def test_an_answer_to_what_another_browser_asked(
    kim: Visitor, device: SoftPasskey, purpose: str
) -> None:
    """As where somebody reads an answer on its way, and is faster."""
    victim, thief = kim, kim.in_another_browser()
    if purpose == "second-step":
        for person in (victim, thief):
            person.enters_password()
    credential = device.shown(options(victim, purpose))
    assert sends(thief, purpose, credential).status == 422
    assert not thief.is_signed_in()
    assert refusals(kim.host) == ["challenge"]
    assert sends(victim, purpose, credential).path == "/dashboard"


@pytest.mark.parametrize(
    "garbage",
    ["x", "[]", "{}", '{"rawId": 1, "response": {}}', "9" * 20_000, "[" * 5_000, '{"response": 1}'],
)
def test_what_no_browser_sends(kim: Visitor, garbage: str) -> None:
    kim.enters_password()
    with unchanged(kim.host, *COUNTED):
        assert sends(kim, "second-step", garbage).status == 422
    assert refusals(kim.host) == ["unreadable"]


@pytest.mark.requirement("WA-7")
@pytest.mark.parametrize("policy", ["warn", "refuse"])
def test_a_counter_that_goes_back(kim: Visitor, policy: str) -> None:
    host = kim.host.restarted(VESTIBULE_PASSKEY_COUNTER=policy)
    lee, counting = Visitor.new(host, "lee"), SoftPasskey(count=5)
    lee.enters_password()
    adds(lee, counting)
    lee.signs_out()
    lee.enters_password()
    assert shows(lee, counting).path == "/dashboard"
    assert passkeys_of(lee)[0].sign_count == 6
    lee.signs_out()
    lee.enters_password()
    page = shows(lee, counting, Saying(count=6))
    assert page.path == ("/dashboard" if policy == "warn" else "/verify-2fa")
    told = host.events("passkey.counter_back")
    assert [(row.result, row.details["stored"], row.details["shown"]) for row in told] == [
        ("ok" if policy == "warn" else "refused", 6, 6)
    ]
    assert refusals(host) == []
    assert passkeys_of(lee)[0].sign_count == 6
    assert passkeys_of(lee)[0].copied


@pytest.mark.requirement("WA-7")
@pytest.mark.parametrize("policy", ["warn", "refuse"])
@pytest.mark.parametrize("purpose", ["second-step", "sign-in"])
def test_the_copy_that_is_ahead(kim: Visitor, policy: str, purpose: str) -> None:
    """The owner's own key is the one behind, where a thief used the copy more often."""
    host = kim.host.restarted(VESTIBULE_PASSKEY_COUNTER=policy)
    lee = with_passkey(host, "lee", counting := SoftPasskey(count=5))
    thief, copy = lee.in_another_browser("198.51.100.7"), replace(counting, count=8)
    assert shows(thief, copy, purpose="sign-in").path == "/dashboard"
    shows(lee, counting, purpose="sign-in")
    thief = thief.in_another_browser("198.51.100.7")
    if purpose == "second-step":
        thief.enters_password()
    shows(thief, copy, purpose=purpose)
    assert thief.is_signed_in() is (policy == "warn")
    assert refusals(host) == ([] if policy == "warn" else ["counter"])


@pytest.mark.requirement("RL-1")
def test_answers_are_counted_and_another_sign_in_begins_anew(
    kim: Visitor, device: SoftPasskey
) -> None:
    kim.enters_password()
    for _ in range(10):
        assert shows(kim, device, Saying(spoil_signature=True)).status == 422
    assert sends(kim, "second-step", device.shown(options(kim, "second-step"))).status == 429
    kim.enters_password()
    assert shows(kim, device).path == "/dashboard"


def test_each_answer_of_the_truth_passes(kim: Visitor, device: SoftPasskey) -> None:
    """What the table above alters is all that keeps its rows from passing."""
    kim.enters_password()
    assert shows(kim, device, replace(TRUTH, flags=UP | UV)).path == "/dashboard"
