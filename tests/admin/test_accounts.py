"""The pages at /admin: finding an account, its facts, and what is done to it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.admin.administrators import Roles, with_administrators
from tests.notices.conftest import Mailbox, link_in, plain
from tests.recovery.conftest import host_with_recovery
from tests.stories import HostMaker
from tests.support.guessing import guesses
from tests.support.movable import in_a_thread_of_its_own
from tests.support.seen import Seen
from tests.support.visitor import Visitor
from vestibule import LastAdministrator
from vestibule.admin import flows
from vestibule.admin_pages import listing, views
from vestibule.authenticators.models import Authenticator
from vestibule.subjects.models import Subject


@pytest.fixture
def roles(mailbox: Mailbox) -> Roles:
    return with_administrators(mailbox.host, "root", "deputy")


@pytest.fixture
def root(mailbox: Mailbox, roles: Roles) -> Visitor:
    root = Visitor.new(mailbox.host, "root")
    root.signs_in()
    mailbox.mails()
    return root


def page_of(person: Visitor) -> str:
    return f"/admin/account?user={person.user_id}"


def does(by: Visitor, action: str, to: Visitor, **fields: str) -> Seen:
    path = f"/admin/account/{action}?user={to.user_id}"
    page = by.opens(path)
    given = {"reason": "called back", **fields}
    return by.sends(page, page.form(with_field="reason"), **given)


def test_the_list_finds_by_name_and_address(root: Visitor) -> None:
    for name in ("anna", "bob"):
        Visitor.new(root.host, name)
    assert "bob" not in root.opens("/admin/accounts?q=an").text
    assert "anna" in root.opens("/admin/accounts?q=an").text
    assert "bob" in root.opens("/admin/accounts?q=bob@example.org").text
    assert "There is no such account." in root.opens("/admin/accounts?q=nobody").text


def test_pages_of_fifty_know_everybody_once(root: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "PAGE", 2)
    for name in "abcde":
        Visitor.new(root.host, name)
    found: list[str] = []
    path: str | None = "/admin/accounts"
    while path:
        page = root.opens(path)
        found += [link for link in page.links if "user=" in link]
        path = next((link for link in page.links if "after=" in link), None)
    assert len(found) == len(set(found)) == 6


def test_a_filter_looks_at_so_many_and_goes_on(
    root: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "BATCH", 2)
    monkeypatch.setattr(listing, "MOST_LOOKED_AT", 2)
    for name in ("aa", "ab", "ac"):
        Visitor.new(root.host, name).signs_in()
    Visitor.new(root.host, "zoe")
    page = root.opens("/admin/accounts?only=no-second-step")
    assert "None among these." in page.text
    while "zoe" not in page.text:
        page = root.opens(next(link for link in page.links if "after=" in link))
    assert len([link for link in page.links if "user=" in link]) == 1


def test_filters(root: Visitor, roles: Roles) -> None:
    ann = Visitor.new(root.host, "ann")
    ann.signs_in()
    Visitor.new(root.host, "nina")
    thief = ann.in_another_browser("203.0.113.9")
    thief.enters_password()
    guesses(thief, 5)
    roles.off.add("nina")

    def shown(only: str) -> set[str]:
        text = root.opens(f"/admin/accounts?only={only}").text
        return {name for name in ("ann ", "nina ", "root ") if name in text}

    assert shown("no-second-step") == {"nina "}
    assert shown("cooling-off") == {"ann "}
    assert shown("disabled") == {"nina "}
    assert shown("no-codes") == set()
    assert shown("") == {"ann ", "nina ", "root "}


def test_the_facts_of_one(root: Visitor) -> None:
    ann = Visitor.new(root.host, "ann")
    ann.signs_in()
    text = root.opens(page_of(ann)).text
    for said in ("Enabled", "ann@example.org", "confirmed", "Backup codes left 10"):
        assert said in text


@pytest.mark.requirement("ADM-3")
def test_no_page_shows_a_secret(root: Visitor) -> None:
    ann = Visitor.new(root.host, "ann")
    ann.signs_in()
    actions = ("sign-out", "unlock", "password-link", "reset-second-step", "disable")
    for path in (page_of(ann), *(f"/admin/account/{a}?user={ann.user_id}" for a in actions)):
        html = root.opens(path).html
        for secret in (*ann.papers.secrets, *ann.papers.backup_codes, "argon2", "token="):
            assert secret not in html
        assert 'type="password"' not in html


@pytest.mark.requirement("SES-12")
def test_sign_out_everywhere(root: Visitor, mailbox: Mailbox) -> None:
    ann = Visitor.new(root.host, "ann")
    ann.signs_in()
    mailbox.mails()
    page = does(root, "sign-out", ann)
    assert "Every session of this account is ended." in page.text
    assert not ann.is_signed_in()
    assert root.is_signed_in()
    (event,) = root.host.events("session.ended_by_administrator")
    assert (event.actor, event.details) == (root.subject_id, {"reason": "called back"})
    assert event.subject_id == ann.subject_id
    (mail,) = mailbox.mails()
    assert mail["Subject"] == "Signed out by an administrator at Host"
    assert "called back" not in plain(mail)
    assert "root" not in plain(mail)


def test_unlock(root: Visitor) -> None:
    ann = Visitor.new(root.host, "ann")
    ann.signs_in()
    thief = ann.in_another_browser("203.0.113.9")
    for _ in range(5):
        thief.enters_password("not the password")
    assert ann.in_another_browser().enters_password().status == 429
    does(root, "unlock", ann)
    assert ann.in_another_browser().enters_password().path == "/verify-2fa"
    (event,) = root.host.events("account.unlocked")
    assert event.actor == root.subject_id


@pytest.mark.requirement("ADM-4")
def test_the_second_step_is_removed(root: Visitor, mailbox: Mailbox) -> None:
    ann = Visitor.new(root.host, "ann")
    ann.signs_in()
    mailbox.mails()
    assert does(root, "reset-second-step", ann, name="bob").status == 422
    assert does(root, "reset-second-step", ann, name="ann", reason=" ").status == 422
    assert ann.is_signed_in()
    assert does(root, "reset-second-step", ann, name="ann").status == 200
    assert not ann.is_signed_in()
    assert ann.in_another_browser().enters_password().path == "/setup-2fa"
    assert mailbox.subjects() == {"Second step removed by an administrator at Host"}
    # Done in another tab: not offered any more.
    assert root.opens(f"/admin/account/reset-second-step?user={ann.user_id}").path == (
        "/admin/account"
    )


def test_a_link_for_the_first_set_up_goes_to_the_person_alone(
    root: Visitor, mailbox: Mailbox
) -> None:
    nina = Visitor.new(root.host, "nina")
    page = does(root, "enrolment-link", nina)
    assert "token=" not in page.html
    link = next(one for one in mailbox.mails() if "Set up" in one["Subject"])
    nina.opens(link_in(link))
    nina.enters_password()
    assert nina.sets_up().path == "/dashboard"
    (event,) = root.host.events("link.sent")
    assert event.details == {"reason": "called back", "purpose": "enrolment"}


def test_a_link_for_a_new_password(root: Visitor, mailbox: Mailbox) -> None:
    nina = Visitor.new(root.host, "nina")
    does(root, "password-link", nina)
    assert "New password" in mailbox.subjects()


def test_disable_and_enable(root: Visitor, roles: Roles, mailbox: Mailbox) -> None:
    ann = Visitor.new(root.host, "ann")
    ann.signs_in()
    mailbox.mails()
    does(root, "disable", ann, name="ann")
    assert not ann.is_signed_in()
    assert roles.off == {"ann"}
    assert "Disabled" in root.opens(page_of(ann)).text
    does(root, "enable", ann, name="ann")
    assert roles.off == set()
    assert mailbox.subjects() == {
        "Your account at Host was disabled by an administrator",
        "Your account at Host was enabled by an administrator",
    }


@pytest.mark.requirement("ADM-5")
def test_nobody_acts_on_the_own_account(root: Visitor) -> None:
    assert "This is your own account" in root.opens(page_of(root)).text
    token = root.token("/dashboard")
    before = root.host.rows(Authenticator)
    for action in ("disable", "reset-second-step", "sign-out"):
        fields = {"csrf_token": token, "reason": "r", "name": "root"}
        root.posts(f"/admin/account/{action}?user={root.user_id}", fields)
    assert root.is_signed_in()
    assert root.host.rows(Authenticator) == before


def test_whoever_is_no_administrator_any_more_disables_nobody(
    root: Visitor, roles: Roles, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = Visitor.new(root.host, "ann")

    def refuses(*_: Any) -> None:
        raise LastAdministrator

    monkeypatch.setattr(roles, "disable", refuses)
    assert does(root, "disable", ann, name="ann").status == 422


@pytest.mark.parametrize(
    ("action", "moment"),
    [
        ("password-link", (views, "asked_for")),
        *((one, (flows, "refuse_closed")) for one in ("sign-out", "unlock", "disable")),
        ("reset-second-step", (flows, "refuse_closed")),
    ],
)
def test_closed_by_its_owner_at_that_very_moment_it_stays_closed(
    root: Visitor, monkeypatch: pytest.MonkeyPatch, action: str, moment: tuple[Any, str]
) -> None:
    ann = Visitor.new(root.host, "ann")
    ann.signs_in()
    page = root.opens(f"/admin/account/{action}?user={ann.user_id}")
    form = page.form(with_field="reason")
    real = getattr(*moment)

    def then_it_is_closed(*given: Any) -> Any:
        found = real(*given)
        in_a_thread_of_its_own(lambda: root.host.loses_user("ann"))
        return found

    monkeypatch.setattr(*moment, then_it_is_closed)
    page = root.sends(page, form, reason="called back", name="ann")
    assert page.status == 422
    assert "closed meanwhile" in page.text or action == "reset-second-step"
    assert all(row.closed or row.id == root.subject_id for row in root.host.rows(Subject))
    assert root.host.events("link.sent") == root.host.events("account.disabled") == []


@pytest.mark.requirement("WEB-1")
def test_nothing_is_done_without_the_forms_own_token(root: Visitor) -> None:
    ann = Visitor.new(root.host, "ann")
    ann.signs_in()
    path = f"/admin/account/sign-out?user={ann.user_id}"
    foreign = ann.token("/setup-2fa")
    for fields in ({}, {"csrf_token": foreign}):
        assert root.posts(path, {"reason": "r", **fields}).status_code == 422
    token = root.token("/setup-2fa")
    from_elsewhere = {"Sec-Fetch-Site": "cross-site"}
    fields = {"reason": "r", "csrf_token": token}
    assert root.posts(path, fields, **from_elsewhere).status_code == 422
    assert ann.is_signed_in()


def test_odd_addresses_find_nothing_and_break_nothing(root: Visitor) -> None:
    for path in (
        "/admin/account",
        "/admin/account?user=",
        "/admin/account?user=%00",
        "/admin/account?user=%FF",
        "/admin/account?user=999999",
        f"/admin/account?user={'9' * 300}",
        f"/admin/account?user={'9' * 200}",
        "/admin/account?user=%D9%A1",
        "/admin/account/sign-out?user=nobody",
    ):
        assert root.asks(path).status_code == 404, path
    for path in ("?q=%00&after=%00", "?q=%25", "?only=nonsense", f"?q={'x' * 5000}"):
        assert root.asks(f"/admin/accounts{path}").status_code == 200, path
    assert root.asks(f"/admin/account/nonsense?user={root.user_id}").status_code == 303


@pytest.mark.requirement("ADM-2")
def test_a_change_after_ten_minutes_confirms_first_and_loses_nothing(root: Visitor) -> None:
    ann = Visitor.new(root.host, "ann")
    ann.signs_in()
    root.host.clock.moves(minutes=11)
    page = does(root, "sign-out", ann)
    assert page.status == 403
    assert ann.is_signed_in()
    page = root.sends(page, page.form(with_field="totp_code"), totp_code=root.fresh_code())
    page = root.sends(page, page.form(with_field="reason"))
    assert "Every session of this account is ended." in page.text
    assert not ann.is_signed_in()


def test_an_administrator_sets_up_whatever_the_policy_says(make: HostMaker, tmp_path: Any) -> None:
    host = host_with_recovery(make, tmp_path, VESTIBULE_POLICY="off").host
    roles = with_administrators(host, "root")
    root = Visitor.new(host, "root")
    assert root.enters_password().path == "/setup-2fa"
    assert root.opens("/admin").path == "/setup-2fa"
    root.sets_up()
    assert root.opens("/admin").status == 200
    # Somebody who is signed in already, and gets the role.
    ann = Visitor.new(host, "ann")
    ann.signs_in()
    roles.names.add("ann")
    assert not ann.is_signed_in()


@pytest.mark.requirement("SES-15")
def test_a_role_that_is_taken_ends_at_the_next_request(root: Visitor, roles: Roles) -> None:
    assert root.opens("/admin/accounts").status == 200
    roles.names.discard("root")
    assert root.opens("/admin/accounts").status == 403


def test_without_an_adapter_there_is_no_such_page(make: HostMaker) -> None:
    ann = Visitor.new(make(), "ann")
    ann.signs_in()
    assert ann.opens("/admin").status == 404
