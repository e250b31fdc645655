"""``fresh_required(minutes=0)``: a code of its own for each action, at that moment."""

from __future__ import annotations

import io
from typing import Any

import pytest

from tests.stories import HostMaker, settled
from tests.support.guessing import loses_the_authenticator_to_guessing
from tests.support.host_app import Host
from tests.support.races import at_once
from tests.support.seen import Seen
from tests.support.visitor import Visitor
from vestibule import fresh_required
from vestibule.sessions.values import CONFIRMED_FOR

pytestmark = pytest.mark.requirement("SES-14")


def with_actions(host: Host) -> Host:
    done: list[str] = []
    host.app.config["DONE"] = done

    @fresh_required(minutes=0, reason="You are about to pay.")
    def pay() -> str:
        done.append("paid")
        return "paid"

    @fresh_required(minutes=0)
    def vault() -> str:
        return "open"

    host.app.add_url_rule("/pay", "pay", pay, methods=["POST"])
    host.app.add_url_rule("/vault", "vault", vault)
    return host


@pytest.fixture
def host(make: HostMaker) -> Host:
    return with_actions(make())


@pytest.fixture
def ann(host: Host) -> Visitor:
    """Passed both steps this very second."""
    ann = settled(host, "ann")
    ann.signs_in()
    return ann


def pays(person: Visitor, amount: str = "5") -> Any:
    fields = {"csrf_token": person.token("/dashboard"), "amount": amount}
    return person.posts("/pay", fields, Referer="http://localhost/dashboard")


def enters_code_and_goes_on(person: Visitor, answer: Any) -> Any:
    page = Seen(answer)
    assert page.heading == "Confirm it’s you"
    assert "It is asked for each time." in page.text
    code = person.fresh_code()
    page = person.sends(page, page.form(with_field="totp_code"), totp_code=code)
    return person.posts("/pay", page.form(action="/pay").fields)


def test_the_code_of_a_moment_ago_does_not_do_and_a_new_one_does_once(ann: Visitor) -> None:
    answer = pays(ann)
    assert (answer.status_code, ann.host.app.config["DONE"]) == (403, [])
    assert "You are about to pay." in answer.text
    assert enters_code_and_goes_on(ann, answer).text == "paid"
    assert pays(ann).status_code == 403
    assert ann.host.app.config["DONE"] == ["paid"]


def test_a_page_opens_with_a_code_and_does_not_ask_for_ever(ann: Visitor) -> None:
    assert ann.opens("/vault").path == "/confirm"
    page = ann.opens("/vault")
    page = ann.sends(page, page.form(with_field="totp_code"), totp_code=ann.fresh_code())
    assert (page.path, page.html) == ("/vault", "open")
    assert ann.opens("/vault").path == "/confirm"


def test_a_code_for_one_action_is_worth_nothing_for_another(ann: Visitor) -> None:
    page = ann.opens("/vault")
    ann.posts(
        "/confirm", page.form(with_field="totp_code").fields | {"totp_code": ann.fresh_code()}
    )
    assert pays(ann).status_code == 403
    assert ann.host.app.config["DONE"] == []


def test_a_code_for_something_else_is_worth_nothing_for_it(ann: Visitor) -> None:
    page = ann.opens("/confirm?next=/dashboard")
    ann.sends(page, page.form(with_field="totp_code"), totp_code=ann.fresh_code())
    assert pays(ann).status_code == 403


def test_nor_after_it_was_wanted_and_given_up(ann: Visitor) -> None:
    pays(ann)
    page = ann.opens("/confirm?next=/dashboard")
    ann.sends(page, page.form(with_field="totp_code"), totp_code=ann.fresh_code())
    assert pays(ann).status_code == 403


def test_nor_a_code_for_something_that_waited_long_enough_to_ask_again(ann: Visitor) -> None:
    """Given up, and a quarter of an hour later another page asks, for itself alone."""
    pays(ann)
    ann.host.clock.moves(minutes=15)
    page = ann.opens("/backup-codes")
    page = ann.sends(page, page.form(action="/backup-codes/new"))
    page = ann.sends(page, page.form(with_field="totp_code"), totp_code=ann.fresh_code())
    assert page.heading == "Confirmed"
    assert pays(ann).status_code == 403


def test_nor_a_code_typed_on_the_page_of_another_action(ann: Visitor) -> None:
    """Two tabs: the one that was refused last is not the one that the code is typed in."""
    page = Seen(pays(ann))
    assert ann.asks("/vault").status_code == 303
    ann.sends(page, page.form(with_field="totp_code"), totp_code=ann.fresh_code())
    assert ann.asks("/vault").status_code == 303


def test_it_waits_a_few_minutes_and_no_longer(ann: Visitor) -> None:
    page = ann.opens("/vault")
    ann.posts(
        "/confirm", page.form(with_field="totp_code").fields | {"totp_code": ann.fresh_code()}
    )
    ann.host.clock.moves(CONFIRMED_FOR.total_seconds() + 1)
    assert ann.opens("/vault").path == "/confirm"


def test_of_many_requests_with_one_code_one_passes(ann: Visitor) -> None:
    page = ann.opens("/vault")
    ann.posts(
        "/confirm", page.form(with_field="totp_code").fields | {"totp_code": ann.fresh_code()}
    )
    copies = [ann.with_the_same_cookies() for _ in range(6)]
    answers = at_once([lambda who=who: who.asks("/vault").status_code for who in copies])
    assert sorted(answers) == [200] + [303] * 5


def test_files_that_cannot_wait_are_sent_again(ann: Visitor) -> None:
    page = ann.opens("/dashboard")
    token = page.form(action="/logout").fields["csrf_token"]
    answer = ann.client.post(
        "/pay",
        data={"csrf_token": token, "file": (io.BytesIO(b"a file"), "a.txt")},
        headers={"Referer": "http://localhost/dashboard"},
    )
    page = ann.opens(answer.location)
    page = ann.sends(page, page.form(with_field="totp_code"), totp_code=ann.fresh_code())
    assert page.path == "/dashboard"
    assert pays(ann).text == "paid"


def test_without_a_second_step_the_password_is_asked_each_time(make: HostMaker) -> None:
    host = with_actions(make(VESTIBULE_POLICY="optional"))
    nina = Visitor.new(host, "nina")
    nina.enters_password()
    page = nina.opens("/vault")
    assert page.path == "/login"
    fields = {"username": "nina", "password": nina.papers.password}
    page = nina.sends(page, page.form(with_field="password"), **fields)
    assert (page.path, page.html) == ("/vault", "open")
    assert nina.opens("/vault").path == "/login"


def test_without_a_second_step_signing_in_once_more_for_something_else_is_not_for_it(
    make: HostMaker,
) -> None:
    host = with_actions(make(VESTIBULE_POLICY="optional"))
    nina = Visitor.new(host, "nina")
    nina.enters_password()
    pays(nina)
    nina.enters_password()
    nina.host.clock.moves(minutes=15)
    pays(nina)
    nina.opens("/confirm?next=/dashboard")
    nina.enters_password()
    assert pays(nina).status_code == 303
    assert host.app.config["DONE"] == []


def test_what_somebody_was_asked_for_is_not_confirmed_by_the_next_who_signs_in(
    make: HostMaker,
) -> None:
    host = with_actions(make(VESTIBULE_POLICY="optional"))
    nina, ben = Visitor.new(host, "nina"), Visitor.new(host, "ben")
    nina.enters_password()
    assert nina.opens("/vault").path == "/login"
    nina.signs_out()
    nina.papers = ben.papers
    assert nina.enters_password().path == "/dashboard"
    assert nina.opens("/vault").path == "/login"


def test_with_an_authenticator_that_is_switched_off_a_backup_code_does(
    host: Host, ann: Visitor
) -> None:
    loses_the_authenticator_to_guessing(ann.in_another_browser())
    ann.host.clock.moves(hours=24)
    ann = ann.in_another_browser()
    ann.enters_password()
    ann.enters_backup_code()
    assert ann.opens("/vault").path == "/login"
    page = ann.opens("/vault")
    fields = {"username": "ann", "password": ann.papers.password}
    assert ann.sends(page, page.form(with_field="password"), **fields).path == "/verify-2fa"
    ann.enters_backup_code()
    assert ann.opens("/vault").html == "open"


def test_a_negative_number_is_refused() -> None:
    with pytest.raises(ValueError, match="0 or more"):
        fresh_required(minutes=-1)
