"""Authenticators after the set-up: renamed, replaced, removed."""

from __future__ import annotations

import pytest

from tests.stories import HostMaker, settled
from tests.support.guessing import loses_the_authenticator_to_guessing
from tests.support.host_app import Host
from tests.support.races import at_once
from tests.support.seen import Seen
from tests.support.visitor import Visitor
from vestibule import Required
from vestibule.audit.values import Origin
from vestibule.authenticators import changing
from vestibule.authenticators.models import Authenticator
from vestibule.backup_codes.models import BackupCode
from vestibule.browsers.models import RememberedBrowser
from vestibule.sessions.models import Session


def address(host: Host, name: str = "Phone") -> str:
    found = next(row.id for row in host.rows(Authenticator) if row.name == name)
    return f"/security/authenticators/{found}"


def names(host: Host) -> list[str]:
    return sorted(row.name for row in host.rows(Authenticator))


def removes(person: Visitor, name: str = "Phone") -> Seen:
    page = person.opens(f"{address(person.host, name)}/remove")
    return person.sends(page, page.form(action="/remove"))


@pytest.fixture
def otto(optional_host: Host) -> Visitor:
    """Need not have a second step, and has one."""
    otto = settled(optional_host, "otto")
    otto.signs_in()
    return otto


def test_the_overview_leads_to_them(ann: Visitor) -> None:
    ann.signs_in()
    page = ann.opens("/security")
    assert "Phone : on since" in page.text
    assert "10 of 10 left" in page.text
    assert {"/security/authenticators", "/backup-codes?next=/security"} <= set(page.links)
    assert address(ann.host) in ann.opens("/security/authenticators").links


def test_signed_out_the_pages_lead_to_the_sign_in_and_back(ann: Visitor) -> None:
    for path in ("/security", "/security/authenticators", "/security/clock?next=/security"):
        page = ann.opens(path)
        assert page.path == "/login"
        assert page.form(with_field="password").fields["next"].startswith("/security")


def test_the_first_line_is_the_one_next_thing(optional_host: Host, otto: Visitor) -> None:
    assert "Next:" not in otto.opens("/security").text
    optional_host.sets(BackupCode, saved_at=None)
    assert "Next: save your backup codes" in otto.opens("/security").text
    optional_host.sets(BackupCode, used_at=optional_host.clock.now())
    assert "Next: make new backup codes" in otto.opens("/security").text
    optional_host.sets(BackupCode, retired_at=optional_host.clock.now())
    assert "Next: make backup codes" in otto.opens("/security").text
    optional_host.sets(Authenticator, disabled_at=optional_host.clock.now())
    assert "Next: replace your authenticator" in otto.opens("/security").text
    nina = Visitor.new(optional_host, "nina")
    nina.signs_in()
    assert "Next: set up an authenticator" in nina.opens("/security").text


@pytest.mark.requirement("TOTP-17")
def test_a_name_is_changed_and_nobody_signed_out(ann: Visitor) -> None:
    ann.signs_in()
    elsewhere = ann.in_another_browser()
    elsewhere.signs_in()
    page = ann.fills_in(address(ann.host), name="  Blue   phone ")
    assert page.path == "/security/authenticators"
    assert "The new name is saved." in page.text
    assert names(ann.host) == ["Blue phone"]
    assert elsewhere.is_signed_in()
    page = ann.fills_in(address(ann.host, "Blue phone"), name="x" * 41)
    assert page.errors == ["The name has 41 characters, at most 40 are possible."]
    assert len(ann.host.events("authenticator.renamed")) == 1


@pytest.mark.requirement("SES-13", "TOTP-14")
def test_a_name_typed_too_late_is_kept_while_one_confirms(ann: Visitor) -> None:
    ann.signs_in()
    page = ann.opens(address(ann.host))
    ann.host.clock.moves(minutes=11)
    page = ann.sends(page, page.form(with_field="name"), name="Blue phone")
    assert "You are about to rename an authenticator." in page.text
    assert names(ann.host) == ["Phone"]
    page = ann.sends(page, page.form(with_field="totp_code"), totp_code=ann.fresh_code())
    page = ann.sends(page, page.form(with_field="name"))
    assert names(ann.host) == ["Blue phone"]


@pytest.mark.requirement("TOTP-17", "SES-10", "FLOW-5")
def test_a_removed_one_opens_nothing_and_ends_what_was_open(ann: Visitor) -> None:
    ann.signs_in()
    old = ann.papers.secrets[0]
    ann.sets_up("Tablet")
    elsewhere, between = ann.in_another_browser(), ann.in_another_browser()
    elsewhere.signs_in()
    between.enters_password()
    before = ann.with_the_same_cookies()
    page = ann.opens(f"{address(ann.host)}/remove")
    assert "You keep Tablet." in page.text
    page = ann.sends(page, page.form(action="/remove"))
    assert "The authenticator is removed." in page.text
    assert names(ann.host) == ["Tablet"]
    assert ann.is_signed_in()
    assert not any(one.is_signed_in() for one in (elsewhere, before))
    assert between.opens("/verify-2fa").path == "/login"
    ann.host.clock.moves(minutes=1)
    again = ann.in_another_browser()
    again.enters_password()
    assert again.enters_code(again.code(secret=old)).status == 422
    assert again.enters_code().path == "/dashboard"
    assert len(ann.host.events("authenticator.removed")) == 1


def test_somebody_elses_is_not_there(ann: Visitor) -> None:
    ben = settled(ann.host, "ben")
    theirs = next(r.id for r in ann.host.rows(Authenticator) if r.subject_id == ben.subject_id)
    ann.signs_in()
    token = ann.token("/backup-codes")
    for path in ("", "/remove"):
        answer = ann.posts(
            f"/security/authenticators/{theirs}{path}", {"csrf_token": token, "name": "Mine"}
        )
        assert answer.location == "/security/authenticators"
    page = ann.opens(f"/setup-2fa?replaces={theirs}")
    code = ann.fresh_code(page.secret)
    page = ann.sends(page, page.form(with_field="totp_code"), totp_code=code)
    assert page.path == "/security/authenticators"
    assert names(ann.host) == ["Phone", "Phone"]


def test_the_change_itself_asks_whose_it_is(ann: Visitor) -> None:
    """Whatever the page looked up before."""
    host, now = ann.host, ann.host.clock.now()
    (row,) = host.rows(Authenticator)
    ben = settled(host, "ben")
    nowhere = Origin("", "", "")
    with host.services.database.write() as connection:
        with pytest.raises(changing.NoSuchAuthenticator):
            changing.rename(connection, now, ben.subject_id, row.id, "Mine", nowhere)
        with pytest.raises(changing.NoSuchAuthenticator):
            changing.remove(connection, now, ben.subject_id, [row.id], nowhere)
    assert names(host) == ["Phone", "Phone"]


@pytest.mark.requirement("AAL-6")
def test_with_the_last_one_go_the_backup_codes_and_the_level(otto: Visitor) -> None:
    codes = otto.papers.backup_codes
    page = otto.opens(f"{address(otto.host)}/remove")
    assert "no second step" in page.text
    page = removes(otto)
    assert page.path == "/security"
    assert "Your account has no second step any more." in page.text
    assert "aal1" in otto.opens("/dashboard").text
    assert otto.host.rows(Authenticator) == []
    assert all(row.retired_at for row in otto.host.rows(BackupCode))
    assert otto.in_another_browser().enters_password().path == "/dashboard"
    page = otto.sets_up()
    assert "set 2" in otto.opens("/backup-codes").text
    assert set(codes).isdisjoint(otto.papers.backup_codes)


@pytest.mark.requirement("FLOW-1")
def test_p1_the_policy_is_asked_again_once_the_last_one_is_gone(
    optional_host: Host, otto: Visitor
) -> None:
    removes(otto)
    optional_host.vestibule.policy(lambda user, context: "required")
    assert not otto.is_signed_in()
    assert otto.enters_password().path == "/setup-2fa"


@pytest.mark.parametrize("by_link", [False, True])
def test_who_must_have_one_replaces_the_last(ann: Visitor, by_link: bool) -> None:
    ann.signs_in()
    ann.host.vestibule.policy(lambda user, context: Required(by_link=by_link))
    page = ann.opens(f"{address(ann.host)}/remove")
    assert "your account needs a second step" in page.text
    token = ann.token("/backup-codes")
    answer = ann.posts(f"{address(ann.host)}/remove", {"csrf_token": token})
    assert answer.location.startswith("/setup-2fa?replaces=")
    assert names(ann.host) == ["Phone"]
    page = ann.opens(answer.location)
    assert page.heading == "Replace Phone"
    ann.sets_up("New phone", page=page)
    assert names(ann.host) == ["New phone"]
    assert ann.is_signed_in()


@pytest.mark.requirement("TOTP-17")
def test_the_old_one_goes_with_the_first_code_of_the_new(ann: Visitor) -> None:
    ann.signs_in()
    old = ann.papers.secrets[0]
    there = f"/setup-2fa?replaces={address(ann.host).rsplit('/')[-1]}"
    page = ann.opens(there)
    assert names(ann.host) == ["Phone"]
    code = ann.wrong_code()
    page = ann.sends(page, page.form(with_field="totp_code"), totp_code=code)
    assert (page.status, page.heading) == (422, "Replace Phone")
    ann.sets_up("Phone", page=page)
    assert names(ann.host) == ["Phone"]
    ann.signs_out()
    ann.host.clock.moves(minutes=1)
    ann.enters_password()
    assert ann.enters_code(ann.code(secret=old)).status == 422
    assert ann.enters_code().path == "/dashboard"
    assert len(ann.host.events("authenticator.replaced")) == 1


@pytest.mark.parametrize("wanted", ["a\0b", "0" * 32])
def test_what_the_account_does_not_have_is_not_replaced(
    database_url: str, make: HostMaker, wanted: str
) -> None:
    ann = settled(make(database_url), "ann")
    ann.signs_in()
    page = ann.opens("/setup-2fa")
    fields = {"totp_code": ann.fresh_code(page.secret), "replaces": wanted}
    page = ann.sends(page, page.form(with_field="totp_code"), **fields)
    assert (page.status, page.path) == (200, "/security/authenticators")
    assert len(ann.host.rows(Authenticator)) == 1


def test_a_full_account_can_replace(ann: Visitor) -> None:
    ann.signs_in()
    for number in range(2, 6):
        ann.sets_up(f"Phone {number}")
    there = f"/setup-2fa?replaces={address(ann.host).rsplit('/')[-1]}"
    ann.sets_up("New", page=ann.opens(there))
    assert names(ann.host) == ["New", "Phone 2", "Phone 3", "Phone 4", "Phone 5"]


def test_with_the_last_that_works_go_those_that_are_off(optional_host: Host) -> None:
    otto = settled(optional_host, "otto")
    loses_the_authenticator_to_guessing(otto)
    otto.host.clock.moves(hours=24)
    otto.enters_password()
    otto.enters_backup_code()
    otto.sets_up("New phone")
    removes(otto, "New phone")
    assert optional_host.rows(Authenticator) == []


def test_the_lost_phone_is_replaced_behind_a_backup_code(ann: Visitor) -> None:
    ann.enters_password()
    page = ann.enters_backup_code()
    there = next(link for link in page.links if link.startswith("/setup-2fa"))
    page = ann.opens(there)
    assert page.heading == "Replace Phone"
    ann.sets_up("New phone", page=page)
    assert names(ann.host) == ["New phone"]


@pytest.mark.requirement("TOTP-8")
def test_thirty_removals_at_once_are_one(database_url: str, make: HostMaker) -> None:
    host = make(database_url, VESTIBULE_POLICY="optional")
    otto = settled(host, "otto")
    otto.signs_in()
    otto.sets_up("Tablet")
    token = otto.token("/backup-codes")
    paths = [f"{address(host, name)}/remove" for name in ("Phone", "Tablet")]
    tabs = [otto.with_the_same_cookies() for _ in range(30)]
    at_once(
        [
            lambda tab=tab, path=paths[number % 2]: tab.posts(path, {"csrf_token": token})
            for number, tab in enumerate(tabs)
        ]
    )
    assert len(host.events("authenticator.removed")) == 1
    assert len(names(host)) == 1
    assert len(host.rows(Session)) == 1


@pytest.mark.requirement("TOTP-17")
def test_removed_while_its_codes_are_typed_it_opens_nothing_afterwards(
    database_url: str, make: HostMaker
) -> None:
    host = make(database_url, VESTIBULE_POLICY="optional")
    otto = settled(host, "otto")
    otto.signs_in()
    otto.sets_up("Tablet")
    removal = f"{address(host, 'Tablet')}/remove"
    token = otto.token("/backup-codes")
    browsers = [otto.in_another_browser() for _ in range(3)]
    fields = [one.enters_password().form(with_field="totp_code").fields for one in browsers]
    code = otto.fresh_code()
    sends = [
        lambda one=one, fields=fields: one.posts("/verify-2fa", fields | {"totp_code": code})
        for one, fields in zip(browsers, fields, strict=True)
    ]
    at_once([*sends, lambda: otto.posts(removal, {"csrf_token": token})])
    assert names(host) == ["Phone"]
    assert not any(one.is_signed_in() for one in browsers)
    assert otto.is_signed_in()


@pytest.mark.requirement("SES-10")
def test_a_remembered_browser_is_forgotten(make: HostMaker) -> None:
    host = make(VESTIBULE_POLICY="optional", REMEMBER=True)
    otto = settled(host, "otto")
    otto.signs_in()
    elsewhere = otto.in_another_browser()
    elsewhere.signs_in()
    assert len(host.rows(RememberedBrowser)) >= 1
    removes(otto)
    elsewhere.client.delete_cookie("vestibule")
    assert not elsewhere.is_signed_in()
