"""Closing one's account: everything of it goes."""

from __future__ import annotations

import httpx
import pytest
from sqlalchemy import inspect

from tests.ready_site.conftest import MakeSite, Site
from tests.ready_site.mailbox import confirms_address, links, mails, opens_link
from tests.ready_site.test_changing_email import asks as asks_for_new_email
from tests.ready_site.test_changing_password import another_browser, kinds
from tests.ready_site.test_forgotten_password import asks as forgets
from tests.ready_site.test_forgotten_password import does_not_work
from tests.support.person import Person
from tests.support.races import at_once, filled_in, statuses
from vestibule.ready_site import closing
from vestibule.ready_site.extensions import db

CLOSED = "Your account is closed"
STAYS = {"vestibule_subject", "vestibule_event", "vestibule_outbox", "vestibule_budget"}


@pytest.fixture
def open_site(make_site: MakeSite) -> Site:
    return make_site(policy="optional", change_names=True)


def closes(person: Person, name: str | None = None, password: str | None = None) -> httpx.Response:
    return person.fills_in(
        "/security/close",
        username=name or person.username,
        current_password=password or person.password,
    )


def tables_with_rows(site: Site) -> set[str]:
    with site.app.app_context():
        names = inspect(db.engine).get_table_names()
    told = {name for name in names if site.rows(f"SELECT * FROM {name}")}  # noqa: S608
    return {name for name in told if not name.endswith("_version")}


@pytest.mark.requirement("SES-9")
def test_everything_goes_and_the_log_stays_under_a_random_number(site: Site) -> None:
    person = site.registered("alice")
    person.sets_up_authenticator()
    confirms_address(site, person)
    elsewhere = another_browser(site, person)
    elsewhere.signs_in()
    asks_for_new_email(person, "alice@new.example")
    forgets(site, person.email)
    link = links(site, "New password for")[-1]
    answer = closes(person)
    assert answer.status_code == 200
    assert CLOSED in answer.text
    assert not person.is_signed_in()
    assert not elsewhere.is_signed_in()
    assert elsewhere.enters_password().status_code == 422
    assert tables_with_rows(site) <= STAYS
    (subject,) = site.rows("SELECT id, user_id, closed, contact FROM vestibule_subject")
    assert subject["closed"] == subject["id"]
    assert subject["contact"] == ""
    assert subject["user_id"] not in ("alice", "1")
    assert "account.forgotten" in kinds(site)
    (mail,) = mails(site, "Account at Vestibule closed")
    assert mail.to == person.email
    assert does_not_work(opens_link(site.person(), link))
    assert len(mails(site, "Your new e-mail address")) == 1  # its link went with its row


def test_whoever_gets_the_name_next_is_somebody_else(open_site: Site) -> None:
    person = open_site.registered("alice")
    person.sets_up_authenticator()
    closes(person)
    again = open_site.person("alice")
    again.email, again.password = person.email, "another password of another person"
    assert again.registers().url.path == "/dashboard"
    ids = [row["id"] for row in open_site.rows("SELECT id FROM vestibule_subject")]
    assert len(set(ids)) == 2
    old = another_browser(open_site, person)
    assert old.enters_password().status_code == 422
    # No second step is asked of them, and none of the old sessions opens anything.
    assert another_browser(open_site, again).enters_password().url.path == "/dashboard"
    assert not person.is_signed_in()


@pytest.mark.requirement("SES-13")
def test_it_wants_the_name_the_password_and_a_fresh_second_step(open_site: Site) -> None:
    person = open_site.registered("alice")
    person.sets_up_authenticator()
    assert "Type the user name of this account: alice." in closes(person, name="bob").text
    wrong = closes(person, password="not my password")
    assert wrong.status_code == 422
    assert "The current password is not right." in wrong.text
    open_site.rows(
        "UPDATE vestibule_session SET second_step_at = '2020-01-01', first_step_at = '2020-01-01'"
    )
    answer = person.opens("/security/close")
    assert answer.url.path == "/confirm"
    assert "You are about to close your account." in answer.text
    assert len(open_site.rows("SELECT * FROM account")) == 1


def test_former_names_are_free_again(open_site: Site) -> None:
    person = open_site.registered("alice")
    person.fills_in("/security/name", username="north")
    person.username = "north"
    closes(person)
    assert open_site.person("alice").registers().url.path == "/dashboard"
    assert open_site.person("north").registers().url.path == "/dashboard"


@pytest.mark.requirement("P7")
def test_a_session_that_was_ended_meanwhile_closes_nothing(
    open_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    thief = open_site.registered("alice")
    real = closing.require_password

    def while_the_owner_signs_out_everywhere(*given: object) -> None:
        real(*given)  # type: ignore[arg-type]
        open_site.rows("UPDATE vestibule_subject SET version = version + 1")

    monkeypatch.setattr(closing, "require_password", while_the_owner_signs_out_everywhere)
    assert closes(thief).url.path == "/login"
    assert len(open_site.rows("SELECT * FROM account")) == 1
    assert "account.forgotten" not in kinds(open_site)


@pytest.mark.requirement("P6")
def test_without_its_event_nothing_is_deleted(open_site: Site) -> None:
    person = open_site.registered("alice")
    open_site.rows(
        "CREATE TRIGGER no_event BEFORE INSERT ON vestibule_event "
        "WHEN NEW.kind = 'account.forgotten' BEGIN SELECT RAISE(ABORT, 'no'); END"
    )
    assert closes(person).status_code == 500
    assert person.is_signed_in()
    assert mails(open_site, "Account at") == []


@pytest.mark.parametrize("round_", range(2))
def test_closed_and_changed_at_once_leaves_nothing_behind(
    make_site: MakeSite, database_url: str, round_: int
) -> None:
    site = make_site(policy="optional", database=database_url)
    person = site.registered("alice")
    other = another_browser(site, person)
    other.enters_password()
    fields = {"current_password": person.password}
    ends = filled_in(person, "/security/close", username="alice", **fields)
    changes = filled_in(
        other, "/security/password", password="quite another passphrase 19", **fields
    )
    answers = at_once([ends, changes])
    assert 500 not in statuses(answers)
    left = len(site.rows("SELECT * FROM account"))
    assert left == len(site.rows("SELECT * FROM vestibule_subject WHERE closed = ''"))
    if not left:
        assert not other.is_signed_in()


@pytest.mark.requirement("ADM-5")
def test_the_last_administrator_stays_until_there_is_another(open_site: Site) -> None:
    root = open_site.registered("root")
    open_site.registered("other")
    role = "UPDATE account SET is_administrator = true WHERE username = '{}' RETURNING id"
    root.sets_up_authenticator()
    open_site.rows(role.format("root"))
    answer = closes(root)
    assert answer.status_code == 422
    assert "You are the only administrator." in answer.text
    assert root.is_signed_in()
    open_site.rows(role.format("other"))
    assert CLOSED in closes(root).text
    assert [row["username"] for row in open_site.rows("SELECT username FROM account")] == ["other"]


@pytest.mark.requirement("ADM-5")
def test_nor_does_one_go_who_was_made_the_last_one_just_now(
    open_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, real = open_site.registered("alice"), closing.require_password
    person.sets_up_authenticator()

    def while_somebody_makes_her_one(*given: object) -> None:
        real(*given)  # type: ignore[arg-type]
        open_site.rows("UPDATE account SET is_administrator = true")

    monkeypatch.setattr(closing, "require_password", while_somebody_makes_her_one)
    assert "You are the only administrator." in closes(person).text
    assert len(open_site.rows("SELECT * FROM account")) == 1
