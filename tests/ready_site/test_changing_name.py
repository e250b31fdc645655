"""Another user name, where the site allows it."""

from __future__ import annotations

import httpx
import pytest
from sqlalchemy import create_engine

from tests.ready_site.conftest import MakeSite, Site
from tests.ready_site.mailbox import mails
from tests.ready_site.test_changing_password import another_browser, kinds
from tests.support.person import Person
from tests.support.races import at_once, filled_in, statuses
from vestibule.ready_site.taking_over import ForeignAccount, Standing, standing

TAKEN = "This user name is taken."


@pytest.fixture
def open_site(make_site: MakeSite) -> Site:
    return make_site(policy="optional", change_names=True)


@pytest.fixture
def alice(open_site: Site) -> Person:
    return open_site.registered("alice")


def takes(person: Person, name: str) -> httpx.Response:
    answer = person.fills_in("/security/name", username=name)
    if answer.url.path == "/dashboard":
        person.username = name
    return answer


@pytest.mark.requirement("NOTE-1")
def test_the_new_name_signs_in_and_the_old_one_does_not(open_site: Site, alice: Person) -> None:
    answer = takes(alice, "Alice of the North")
    assert "Your user name is changed." in answer.text
    assert "Welcome, Alice of the North" in answer.text
    assert "account.renamed" in kinds(open_site)
    (mail,) = mails(open_site, "User name changed at")
    assert mail.to == alice.email
    assert "User name: Alice of the North" in mail
    assert another_browser(open_site, alice).enters_password().url.path == "/dashboard"
    old = another_browser(open_site, alice)
    old.username = "alice"
    assert old.enters_password().status_code == 422


def test_by_default_nobody_changes_names(make_site: MakeSite) -> None:
    site = make_site(policy="optional")
    person = site.registered("alice")
    assert "Change user name" not in person.opens("/dashboard").text
    assert person.opens("/security/name").status_code == 404


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("bob", TAKEN),
        ("BOB", TAKEN),
        ("alice@example.org", "A user name cannot contain @"),
        ("alice", "This is the name of your account already."),
        ("", "Enter a user name."),
    ],
)
def test_a_name_is_judged_as_at_registration(
    open_site: Site, alice: Person, name: str, why: str
) -> None:
    open_site.registered("bob")
    answer = takes(alice, name)
    assert answer.status_code == 422
    assert why in answer.text


def test_a_name_that_somebody_had_is_nobody_elses(open_site: Site, alice: Person) -> None:
    takes(alice, "north")
    stranger = open_site.person("Alice")
    assert TAKEN in stranger.registers().text
    bob = open_site.registered("bob")
    assert TAKEN in takes(bob, "alice").text
    with create_engine(f"sqlite:///{open_site.instance}/vestibule.db").connect() as connection:
        foreign = ForeignAccount("alice", "a@b.example", "")
        assert standing(connection, foreign) is Standing.TAKEN
    # But its own again.
    assert takes(alice, "ALICE").url.path == "/dashboard"
    assert TAKEN in takes(bob, "north").text


def test_another_spelling_of_the_same_name(open_site: Site, alice: Person) -> None:
    assert "Welcome, Alice" in takes(alice, "Alice").text
    assert open_site.rows("SELECT * FROM account_former_name") == []


@pytest.mark.requirement("RL-2")
def test_l25_a_new_name_brings_no_new_tries(open_site: Site, alice: Person) -> None:
    thief = another_browser(open_site, alice)
    thief.password = "not it, whatever it is"
    for _ in range(5):
        assert thief.enters_password().status_code == 422
    takes(alice, "north")
    # The new name's own budget is whole, the account's is not: the right password is "not right".
    tries = another_browser(open_site, alice)
    assert tries.enters_password().status_code == 422


@pytest.mark.requirement("RL-9")
def test_three_names_in_a_month_and_taken_ones_do_not_count(open_site: Site, alice: Person) -> None:
    open_site.registered("bob")
    for _ in range(4):
        takes(alice, "bob")
    answers = [takes(alice, f"name {number}") for number in range(4)]
    assert [answer.status_code for answer in answers] == [200] * 3 + [429]


def test_a_stale_session_confirms_first(open_site: Site, alice: Person) -> None:
    alice.sets_up_authenticator()
    open_site.rows(
        "UPDATE vestibule_session SET second_step_at = '2020-01-01', first_step_at = '2020-01-01'"
    )
    answer = alice.opens("/security/name")
    assert answer.url.path == "/confirm"
    assert "You are about to change your user name." in answer.text


@pytest.mark.requirement("P6")
def test_without_its_event_no_name_is_changed(open_site: Site, alice: Person) -> None:
    open_site.rows(
        "CREATE TRIGGER no_event BEFORE INSERT ON vestibule_event "
        "WHEN NEW.kind = 'account.renamed' BEGIN SELECT RAISE(ABORT, 'no'); END"
    )
    assert takes(alice, "north").status_code == 500
    assert open_site.rows("SELECT username FROM account") == [{"username": "alice"}]
    assert open_site.rows("SELECT * FROM account_former_name") == []


@pytest.mark.parametrize("round_", range(2))
def test_of_two_who_take_a_name_at_once_one_has_it(
    make_site: MakeSite, database_url: str, round_: int
) -> None:
    site = make_site(policy="optional", change_names=True, database=database_url)
    people = [site.registered(name) for name in ("first", "second")]
    sends = [filled_in(one, "/security/name", username="north") for one in people]
    assert statuses(at_once(sends)) == {303: 1, 422: 1}
    assert len(site.rows("SELECT id FROM account WHERE username_key = 'north'")) == 1


@pytest.mark.parametrize("round_", range(3))
def test_a_name_that_is_given_up_at_this_moment_is_nobody_elses(
    make_site: MakeSite, database_url: str, round_: int
) -> None:
    site = make_site(policy="optional", change_names=True, database=database_url)
    first, second = site.registered("first"), site.registered("second")
    gives_up = filled_in(first, "/security/name", username="north")
    takes_it = filled_in(second, "/security/name", username="first")
    answers = at_once([gives_up, takes_it])
    assert [answer.status_code for answer in answers] == [303, 422]
    (former,) = site.rows("SELECT name_key FROM account_former_name")
    assert former == {"name_key": "first"}
