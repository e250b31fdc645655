"""Two equal nodes behind nginx, as docs/operations.md shows them: each request goes to another."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.behind import events_of, sessions_of
from tests.support.nodes import Nodes, two_nodes
from tests.support.person import form_with
from tests.support.postgres import PostgresServer
from tests.support.races import at_once, between_the_steps, filled_in, leads_to, statuses

pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def nodes(
    tmp_path_factory: pytest.TempPathFactory, postgres_server: PostgresServer
) -> Iterator[Nodes]:
    trusting = {"VESTIBULE_TRUST_BROWSERS_FOR": "2592000", "VESTIBULE_TRUST_WHERE_REQUIRED": "yes"}
    with (
        postgres_server.empty_database() as database,
        two_nodes(tmp_path_factory.mktemp("nodes"), database, environment=trusting) as nodes,
    ):
        yield nodes


def crossed(nodes: Nodes, path: str, sent_to: str | None = None) -> bool:
    """Whether the last form of this page was given by one node and judged by the other."""
    given, judged = nodes.asked("GET", path)[-1], nodes.asked("POST", sent_to or path)[-1]
    return {given, judged} == {nodes.one.port, nodes.other.port}


@pytest.mark.requirement("SES-3")
@pytest.mark.requirement("WEB-8")
def test_what_is_begun_on_one_node_is_finished_on_the_other(nodes: Nodes) -> None:
    person = nodes.person()
    person.registers()
    assert crossed(nodes, "/register")
    person.sets_up_authenticator()  # the QR code of one node, the first code at the other
    assert crossed(nodes, "/setup-2fa")
    assert person.is_signed_in()
    person.signs_out()
    person.enters_password()
    assert crossed(nodes, "/login")
    person.enters_code()
    assert crossed(nodes, "/verify-2fa")
    assert person.is_signed_in()
    assert len(events_of(nodes.one, person, "session.opened")) == 2


@pytest.mark.requirement("SES-3")
def test_who_signs_out_on_one_node_is_signed_out_on_the_other(nodes: Nodes) -> None:
    person = nodes.member()
    copy = person.in_another_browser()
    copy.browser.cookies.update(person.browser.cookies)
    assert copy.is_signed_in()
    person.signs_out()
    asked = [copy.browser.get("/dashboard", follow_redirects=False) for _ in range(2)]
    assert [leads_to(answer) for answer in asked] == ["/login"] * 2
    assert set(nodes.asked("GET", "/dashboard")[-2:]) == {nodes.one.port, nodes.other.port}


@pytest.mark.requirement("TOTP-8")
@pytest.mark.requirement("BC-3")
def test_a_code_that_is_spent_on_one_node_is_spent_on_the_other(nodes: Nodes) -> None:
    person = nodes.member()
    sheet = person.backup_codes.pop()
    for path, fields in (
        ("/verify-2fa", {"totp_code": person.authenticator.newest_code()}),
        ("/verify-2fa/backup-code", {"backup_code": sheet}),
    ):
        browsers = between_the_steps(person.in_another_browser() for _ in range(8))
        before = len(sessions_of(nodes.one, person))
        at_once([filled_in(browser, path, **fields) for browser in browsers])
        assert len(sessions_of(nodes.one, person)) == before + 1, path
        assert sum(browser.is_signed_in() for browser in browsers) == 1


@pytest.mark.requirement("RL-4")
def test_a_try_that_is_taken_on_one_node_is_missing_on_the_other(nodes: Nodes) -> None:
    person = nodes.member()
    [thief] = between_the_steps([person.in_another_browser()])
    wrong = filled_in(thief, "/verify-2fa", totp_code=person.wrong_code())
    answers = [wrong() for _ in range(20)]
    refused = [answer for answer in answers if answer.status_code == 429]
    judged = len(answers) - len(refused)
    assert len(events_of(nodes.one, person, "second_step.failed")) == judged
    assert len(refused) > 10, statuses(answers)
    assert set(nodes.asked("POST", "/verify-2fa")[-2:]) == {nodes.one.port, nodes.other.port}


@pytest.mark.requirement("SES-12")
def test_a_browser_that_one_node_trusts_is_trusted_by_the_other(nodes: Nodes) -> None:
    person = nodes.member()
    person.signs_out()
    person.enters_password()
    page = person.opens("/verify-2fa")
    form = form_with(page, "totp_code")
    person.sends(page, form, totp_code=person.fresh_code(), trust_browser="y")
    person.signs_out()
    person.enters_password()
    assert person.is_signed_in()


@pytest.mark.requirement("WEB-8")
def test_an_action_that_waits_for_a_code_goes_on_at_either_node(nodes: Nodes) -> None:
    person = nodes.member()
    nodes.one.rows(
        "UPDATE vestibule_session SET second_step_at = second_step_at - interval '1 day',"
        " first_step_at = first_step_at - interval '1 day'"
    )
    person.fills_in("/confirm", totp_code=person.fresh_code())
    assert crossed(nodes, "/confirm")
    assert len(events_of(nodes.one, person, "session.confirmed")) == 1


def test_a_node_that_is_away_is_not_missed(nodes: Nodes) -> None:
    person = nodes.member()
    nodes.other.stop()
    try:
        person.signs_out()
        person.signs_in(with_backup_code=True)
        assert person.is_signed_in()
    finally:
        nodes.other.start()
